import { bearerToken } from '@gatehouse/session-validator/nest';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import type { Reflector } from '@nestjs/core';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { MALFORMED_CHALLENGE, MalformedCredentials } from '../../access/bearer.decorator.js';
import { type BrowserCookies, sessionNamedIn } from '../browser-cookies.js';
import { noteVisit } from './browser-visit.js';
import { CookieModeOff, CsrfFailed } from '../cookie-mode.errors.js';
import { CSRF_HEADER } from '../cookie-settings.js';
import type { CsrfTokens } from '../csrf-tokens.js';
import { comesFromOwnPage, onlyReads } from '../own-pages.js';
import { COOKIE_USE, type CookieUse } from './uses-cookies.decorator.js';

/** Where the guard for tokens looks for `public`. */
const ACCESS = 'session-validator:access';
const CSRF = CSRF_HEADER.toLowerCase();

/**
 * Turns the cookies of a request into the credentials that everything behind it knows: an access token into `Authorization`, a refresh
 * token into the body. First of the guards. Browsers send cookies whoever made the page, so what may change something must come from a
 * page of ours and prove that the page knows the session; then, and only then, a cookie counts for as much as a token that was sent on
 * purpose. Public routes see no cookie.
 */
export class CookieGuard implements CanActivate {
  /** @param origins - of our pages; `undefined` where cookie mode is off */
  constructor(
    private readonly reflector: Pick<Reflector, 'getAllAndOverride'>,
    private readonly origins: ReadonlySet<string> | undefined,
    private readonly cookies: BrowserCookies,
    private readonly csrf: CsrfTokens,
  ) {}

  /** @throws {CsrfFailed} {MalformedCredentials} {CookieModeOff} */
  canActivate(context: ExecutionContext): true {
    if (context.getType() !== 'http') return true;
    const targets = [context.getHandler(), context.getClass()];
    const use = this.reflector.getAllAndOverride<CookieUse | undefined>(COOKIE_USE, targets);
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (use === 'sign-in') this.admitSignIn(request);
    else if (this.origins && request.headers.cookie !== undefined) {
      const isPublic = this.reflector.getAllAndOverride<unknown>(ACCESS, targets) === 'public';
      if (use !== undefined || !isPublic) this.admit(request, http.getResponse<FastifyReply>(), use, this.origins);
    }
    return true;
  }

  /** There is no session yet to prove anything about; that a foreign page signs nobody in (login CSRF) the origin alone sees to. */
  private admitSignIn(request: FastifyRequest): void {
    if (fieldOf(request.body, 'tokens_in') !== 'cookie') return;
    if (!this.origins) throw new CookieModeOff();
    if (!comesFromOwnPage(request.headers, this.origins)) throw new CsrfFailed('foreign_page');
    const [before, ...others] = this.cookies.accessTokens(request);
    const sessionId = before === undefined || others.length > 0 ? undefined : sessionNamedIn(before);
    noteVisit(request, { use: 'sign-in', sessionId, refreshToken: this.refreshTokenOf(request, sessionId) });
  }

  private admit(
    request: FastifyRequest,
    reply: FastifyReply,
    use: CookieUse | undefined,
    origins: ReadonlySet<string>,
  ): void {
    const [accessToken, ...others] = this.cookies.accessTokens(request);
    if (accessToken === undefined && !(use && this.cookies.holdsRefreshToken(request))) return;
    const isSent = bearerToken(request.raw) !== '' || (use === 'refresh' && 'refresh_token' in bodyOf(request));
    // A refresh token alone counts for nothing, and stands in nobody's way.
    if (isSent && accessToken === undefined) return;
    // Which one is meant must not be guessed (RFC 6750 §2).
    if (isSent || others.length > 0) {
      void reply.header('www-authenticate', MALFORMED_CHALLENGE);
      throw new MalformedCredentials();
    }
    const sessionId = accessToken === undefined ? undefined : sessionNamedIn(accessToken);
    if (!onlyReads(request)) {
      if (!comesFromOwnPage(request.headers, origins)) throw new CsrfFailed('foreign_page');
      if (accessToken !== undefined && !this.provesItself(request, sessionId)) throw new CsrfFailed('no_proof');
    }
    const refreshToken = use === undefined ? undefined : this.refreshTokenOf(request, sessionId);
    // Without a good one the empty text stands for it, which is a refresh token of nobody.
    if (use === 'refresh') request.body = { refresh_token: refreshToken ?? '' };
    else if (accessToken !== undefined) request.raw.headers.authorization = `Bearer ${accessToken}`;
    noteVisit(request, { use, sessionId, refreshToken });
  }

  private provesItself({ headers }: FastifyRequest, sessionId: string | undefined): boolean {
    return sessionId !== undefined && this.csrf.isOf(sessionId, headers[CSRF]);
  }

  private refreshTokenOf(request: FastifyRequest, sessionId: string | undefined): string | undefined {
    return sessionId === undefined ? undefined : this.cookies.refreshToken(request, sessionId);
  }
}

function bodyOf({ body }: FastifyRequest): object {
  return typeof body === 'object' && body !== null ? body : {};
}

function fieldOf(body: unknown, name: string): unknown {
  return typeof body === 'object' && body !== null ? (body as Record<string, unknown>)[name] : undefined;
}
