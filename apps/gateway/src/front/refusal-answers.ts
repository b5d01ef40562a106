import type { ErrorCode } from '@gatehouse/contracts';
import { AppError, PROBLEMS } from '@gatehouse/failures';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { failurePage } from '../login/pages/failure-pages.js';
import { pagePolicy, renderPage } from '../login/pages/page.js';
import { loginPath, type LoginWish } from '../login/login-wish.js';
import type { LoginStarter } from '../login/start-login.js';
import { answer, answerProblem } from '../proxy/answers/problem-answer.js';
import { callerOf } from './caller.js';
import type { Refused } from './gate.js';

const LOGOUT = '/_gw/logout';

/** Says no in the words of whoever asked: a redirect to the login for a page, a readable page, or a problem document. */
export class RefusalAnswers {
  constructor(
    private readonly starter: LoginStarter,
    private readonly site: { readonly publicUrl: URL; readonly clearingCookie: string },
  ) {}

  /** @param path - canonical, with its query: where a login leads back to */
  async refused(
    request: IncomingMessage,
    response: ServerResponse,
    { code, signIn, stepUp, retryAfterSeconds, clearCookie }: Refused,
    facts: {
      readonly requestId: string;
      readonly path: string;
      readonly provider?: string | undefined;
      readonly ipAddress: string;
    },
  ): Promise<void> {
    const cookies = clearCookie ? [this.site.clearingCookie] : [];
    const caller = callerOf(request.method, request.headers);
    const helps = signIn || stepUp !== undefined;
    const wish: LoginWish = { provider: facts.provider, ...stepUp };
    if (helps && caller === 'navigation') {
      const wanted = { ...wish, returnTo: facts.path };
      if (this.starter.choices(wanted)) {
        const headers = { location: loginPath(wanted), 'set-cookie': cookies, 'x-request-id': facts.requestId };
        answer(request, response, 302, 'text/plain; charset=utf-8', '', headers);
        return;
      }
      try {
        const from = { cookies: request.headers.cookie, ipAddress: facts.ipAddress };
        const { location, setCookie } = await this.starter.run(wanted, from);
        const headers = { location, 'set-cookie': [...cookies, setCookie], 'x-request-id': facts.requestId };
        answer(request, response, 302, 'text/plain; charset=utf-8', '', headers);
      } catch (error) {
        if (!(error instanceof AppError)) throw error;
        this.say(request, response, error.code, { ...facts, cookies, retryAfterSeconds: error.retryAfterSeconds });
      }
      return;
    }
    const login = helps ? loginPath({ ...wish, returnTo: caller === 'page' ? '/' : undefined }) : undefined;
    this.say(request, response, code, { ...facts, cookies, retryAfterSeconds, login });
  }

  say(
    request: IncomingMessage,
    response: ServerResponse,
    code: ErrorCode,
    {
      requestId,
      path,
      cookies = [],
      retryAfterSeconds,
      login,
      headers,
    }: {
      readonly requestId: string;
      /** To try again, where the request may be repeated. */
      readonly path?: string | undefined;
      readonly cookies?: readonly string[];
      readonly retryAfterSeconds?: number | undefined;
      readonly login?: string | undefined;
      readonly headers?: Readonly<Record<string, string>>;
    },
  ): void {
    const more: Record<string, string | readonly string[]> = { ...headers };
    if (cookies.length > 0) more['set-cookie'] = cookies;
    const caller = callerOf(request.method, request.headers);
    if (caller === 'api') {
      const address = login === undefined ? undefined : new URL(login, this.site.publicUrl).href;
      answerProblem(request, response, code, { requestId, retryAfterSeconds, login: address, headers: more });
      return;
    }
    const retry = caller === 'navigation' ? path : undefined;
    const ways = { login: login ?? loginPath({ returnTo: retry }), logout: LOGOUT };
    const html = renderPage(failurePage(code, ways, requestId, retry), this.site.publicUrl.host);
    answer(request, response, PROBLEMS[code].status, 'text/html; charset=utf-8', html, {
      'content-security-policy': pagePolicy(),
      'x-request-id': requestId,
      ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
      ...more,
    });
  }
}
