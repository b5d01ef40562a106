import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { CookieUse } from './uses-cookies.decorator.js';

/** A request that lives on cookies, or that asks for them. */
export interface BrowserVisit {
  /** What the route does with cookies beyond letting their owner in. */
  readonly use: CookieUse | undefined;
  /** The session they are of, unchecked; at sign-in, the one that the browser had before. */
  readonly sessionId: string | undefined;
  /** Of that very session; on the few routes it is for. */
  readonly refreshToken: string | undefined;
}

const visits = new WeakMap<FastifyRequest, BrowserVisit>();
const remembered = new WeakSet<FastifyRequest>();

export function noteVisit(request: FastifyRequest, visit: BrowserVisit): void {
  visits.set(request, visit);
}

/** `undefined` for a request that has nothing to do with cookies. */
export function visitOf(request: FastifyRequest): BrowserVisit | undefined {
  return visits.get(request);
}

/** Says that the session is to outlast the closing of the browser, where the answer itself does not. */
export function noteRemembered(request: FastifyRequest): void {
  remembered.add(request);
}

export function isRemembered(request: FastifyRequest): boolean {
  return remembered.has(request);
}

/** The refresh token that came as a cookie, beside the access cookie of its session; `undefined` when there is none. */
export const RefreshCookie = createParamDecorator(
  (_data: unknown, context: ExecutionContext): string | undefined =>
    visitOf(context.switchToHttp().getRequest<FastifyRequest>())?.refreshToken,
);
