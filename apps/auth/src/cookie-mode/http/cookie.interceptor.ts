import type { SuccessEnvelope } from '@gatehouse/contracts';
import { AppError, PROBLEMS, SessionStoreUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { SessionStore } from '@gatehouse/session-store';
import type { CallHandler, ExecutionContext, NestInterceptor } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { catchError, mergeMap, type Observable } from 'rxjs';
import { type AdmittedRequest, namedSessionId } from '../../access/presence.guard.js';
import type { SignedOutDto } from '../../sign-out/sign-out.dto.js';
import { sessionNamedIn } from '../browser-cookies.js';
import { type BrowserVisit, isRemembered, visitOf } from './browser-visit.js';
import { CookieTooLarge } from '../cookie-mode.errors.js';
import type { CsrfTokens } from '../csrf-tokens.js';
import type { EndReplacedSession } from '../end-replaced-session.js';
import { onlyReads } from '../own-pages.js';
import type { KeptTokens, SessionCookies } from '../session-cookies.js';

/** An answer with tokens in it, of whichever route. */
interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token?: string;
  readonly device_token?: string;
  readonly refresh_expires_in?: number;
  readonly session?: { readonly remember_me: boolean };
}

/** What goes into cookies, and then stands nowhere in the answer. */
const MOVED: ReadonlySet<string> = new Set(['access_token', 'refresh_token', 'device_token', 'token_type']);

/**
 * Sees to it that a browser which lives on cookies gets its tokens as cookies, and none in a place where scripts can read them: whatever
 * route answers with tokens. Takes the cookies away with the very answer after which they are good for nothing.
 */
export class CookieInterceptor implements NestInterceptor {
  constructor(
    private readonly cookies: SessionCookies,
    private readonly csrf: CsrfTokens,
    private readonly sessions: Pick<SessionStore, 'find'>,
    private readonly endReplaced: Pick<EndReplacedSession, 'run'>,
    private readonly clock: Clock,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (context.getType() !== 'http') return next.handle();
    const http = context.switchToHttp();
    const request = http.getRequest<AdmittedRequest>();
    const visit = visitOf(request);
    if (!visit || onlyReads(request)) return next.handle();
    const reply = http.getResponse<FastifyReply>();
    return next.handle().pipe(
      mergeMap(async (answer: unknown) => {
        // Global interceptors of modules stand around the one that wraps.
        const data = isWrapped(answer) ? answer.data : undefined;
        if (holdsTokens(data)) return { ...(answer as object), data: await this.deliver(data, visit, request, reply) };
        if (await this.hasEnded(data, visit, request)) this.takeAway(visit, reply);
        return answer;
      }),
      catchError((failure: unknown) => {
        if (isTheEnd(failure, visit, request)) this.takeAway(visit, reply);
        throw failure;
      }),
    );
  }

  private async deliver(
    answer: TokenAnswer,
    visit: BrowserVisit,
    request: AdmittedRequest,
    reply: FastifyReply,
  ): Promise<object> {
    const sessionId = sessionNamedIn(answer.access_token);
    const isNew = sessionId !== visit.sessionId;
    const place = { ipAddress: request.ip, requestId: request.id };
    try {
      void reply.header('set-cookie', this.cookies.keep(this.kept(answer, visit, request, isNew)));
    } catch (failure) {
      // Nobody has got its tokens, so nobody could end it.
      if (failure instanceof CookieTooLarge && isNew && sessionId) await this.endReplaced.run({ sessionId, ...place });
      throw failure;
    }
    // Only what the browser has proved to hold; and never the session of an administrator who begins to act in somebody's place.
    if (visit.use === 'sign-in' && visit.refreshToken !== undefined && visit.sessionId !== undefined && isNew) {
      await this.endReplaced.run({ sessionId: visit.sessionId, ...place });
    }
    const rest = Object.fromEntries(Object.entries(answer).filter(([name]) => !MOVED.has(name)));
    return isNew && sessionId !== undefined ? { ...rest, csrf_token: this.csrf.mint(sessionId) } : rest;
  }

  private kept(answer: TokenAnswer, { use }: BrowserVisit, request: AdmittedRequest, isNew: boolean): KeptTokens {
    const { session } = request;
    const remembers =
      answer.session?.remember_me ?? (isRemembered(request) || (!isNew && session?.rememberMe === true));
    const remaining = session && !isNew ? (session.absoluteExpiresAtMs - this.clock.nowMs()) / 1000 : undefined;
    return {
      accessToken: answer.access_token,
      // A sign-in without one, while sessions cannot be recorded, must not leave that of the session before.
      refreshToken: answer.refresh_token ?? (use === 'sign-in' ? null : undefined),
      deviceToken: answer.device_token,
      maxAgeSeconds: remembers ? (answer.refresh_expires_in ?? remaining) : undefined,
    };
  }

  /** Asked of the store rather than told by the routes: whichever ends the session of its own request, today or some day, is covered. */
  private async hasEnded(data: unknown, visit: BrowserVisit, { principal }: AdmittedRequest): Promise<boolean> {
    if (visit.use === 'sign-out') return (data as SignedOutDto).session_id === visit.sessionId;
    if (!principal) return false;
    try {
      return (await this.sessions.find(principal.userId, principal.sessionId)) === undefined;
    } catch (error) {
      // Then the next request finds out.
      if (error instanceof SessionStoreUnavailable) return false;
      throw error;
    }
  }

  private takeAway({ use }: BrowserVisit, reply: FastifyReply): void {
    void reply.header('set-cookie', this.cookies.forget());
    // Not `"cookies"`: that would take the device's, and those of every other service of this domain.
    if (use === 'sign-out') void reply.header('clear-site-data', '"storage"');
  }
}

function isWrapped(answer: unknown): answer is SuccessEnvelope<unknown> {
  return typeof answer === 'object' && answer !== null && 'data' in answer;
}

function holdsTokens(data: unknown): data is TokenAnswer {
  const token = (data as { readonly access_token?: unknown } | null | undefined)?.access_token;
  return typeof token === 'string';
}

/** Whether the cookies are good for nothing any more. Whoever wanted to end another session keeps their own. */
function isTheEnd(failure: unknown, { use }: BrowserVisit, request: AdmittedRequest): boolean {
  if (!(failure instanceof AppError) || PROBLEMS[failure.code].status !== 401) return false;
  return use === 'refresh' || (use === 'sign-out' && namedSessionId(request) === undefined);
}
