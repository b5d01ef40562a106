import type { Principal } from '@gatehouse/session-validator';
import type { Session } from '@gatehouse/session-store';
import { type CanActivate, createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { ActivityRecorder } from './activity-recorder.js';
import type { SessionPresence } from './session-presence.js';

/** A request as the guards leave it. */
export interface AdmittedRequest extends FastifyRequest {
  /** Set by the guard that checks the token; absent on public routes. */
  principal?: Principal;
  /** Set here; absent on public routes and while the session store is away. */
  session?: Session | undefined;
}

/** Asks for a live session where a token was asked for, and counts the request. Runs after the guard that checks tokens. */
export class PresenceGuard implements CanActivate {
  constructor(
    private readonly presence: SessionPresence,
    private readonly activity: ActivityRecorder,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const request = context.switchToHttp().getRequest<AdmittedRequest>();
    // A service has no session; only a few routes let one in, and they ask for its scope.
    if (!request.principal || request.principal.serviceAccountId !== undefined) return true;
    const { userId, sessionId } = request.principal;
    request.session = await this.presence.check({ userId, sessionId, namedSessionId: namedSessionId(request) });
    this.activity.note(userId, sessionId, request.ip);
    return true;
  }
}

/** `X-Session-ID`; sent twice it holds a comma, and names no session. */
export function namedSessionId({ headers }: Pick<FastifyRequest, 'headers'>): string | undefined {
  const named = headers['x-session-id'];
  return Array.isArray(named) ? named.join() : named;
}

/** The caller's live session; `undefined` while the session store is away. */
export const CurrentSession = createParamDecorator(
  (_data: unknown, context: ExecutionContext): Session | undefined =>
    context.switchToHttp().getRequest<AdmittedRequest>().session,
);

/** `X-Session-ID` of this request; on guarded routes one of the caller's own live sessions. */
export const NamedSessionId = createParamDecorator((_data: unknown, context: ExecutionContext): string | undefined =>
  namedSessionId(context.switchToHttp().getRequest<AdmittedRequest>()),
);
