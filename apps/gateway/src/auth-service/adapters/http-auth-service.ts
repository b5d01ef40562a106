import type { ErrorCode } from '@gatehouse/contracts';
import type { Clock } from '@gatehouse/kernel';
import type { Logger, Tracing } from '@gatehouse/observability';
import { AuthServiceUnavailable, LogoutRefused, RolesRefused, SignInRefused } from '../auth-service.errors.js';
import {
  AuthService,
  type FederatedSignIn,
  type FederatedSignOut,
  type OpenedSession,
  type RefreshAnswer,
} from '../auth-service.port.js';
import { ServiceToken, type IssuedToken } from '../service-token.js';
import { clientToken, codeIn, refreshed, signedIn } from './auth-answers.js';
import { AuthHttp, type HttpAnswer } from './auth-http.js';

export interface AuthServiceSettings {
  readonly url: URL;
  /** Service account with the scope `federation`. */
  readonly clientId: string;
  readonly clientSecret: string;
  readonly timeoutMs: number;
}

const FEDERATION = 'federation';
/** Answers to a refresh that mean: this session is over. Any other 4xx may be somebody else's, a proxy's for example. */
const ENDED = new Set<ErrorCode>([
  'REFRESH_INVALID',
  'REFRESH_EXPIRED',
  'REFRESH_REUSE_DETECTED',
  'SESSION_EXPIRED',
  'SESSION_REVOKED',
  'ACCOUNT_DISABLED',
]);
/** Answers that are about the gateway's own token, and not about the person it speaks of. */
const ABOUT_US = new Set<ErrorCode>([
  'TOKEN_MISSING',
  'TOKEN_INVALID',
  'TOKEN_EXPIRED',
  'TOKEN_REVOKED',
  'TOKEN_STALE',
  'SESSION_REVOKED',
  'FORBIDDEN',
  'NOT_FOUND',
  'METHOD_NOT_ALLOWED',
  'VALIDATION_ERROR',
  'UNSUPPORTED_MEDIA_TYPE',
]);
const JSON_TYPE = { 'content-type': 'application/json' };

/** The auth service over HTTP. */
export class HttpAuthService extends AuthService {
  private readonly http: AuthHttp;
  private readonly ownToken: ServiceToken;

  constructor(
    private readonly settings: AuthServiceSettings,
    private readonly clock: Clock,
    private readonly logger: Logger,
    tracing?: Tracing,
  ) {
    super();
    this.http = new AuthHttp(settings.url, settings.timeoutMs, tracing);
    this.ownToken = new ServiceToken(() => this.askForToken(), clock);
  }

  async signIn(signIn: FederatedSignIn): Promise<OpenedSession> {
    const answer = await this.asService('/api/v1/internal/federated-sign-in', signIn, false);
    const read = signedIn.safeParse(answer.body);
    if (isSuccess(answer) && read.success) {
      const { accessTokenExpiresAt, expiresAt, ...session } = read.data.data;
      return { ...session, accessTokenExpiresAtMs: accessTokenExpiresAt, expiresAtMs: expiresAt };
    }
    throw this.refusal(answer, (code) => new SignInRefused(code));
  }

  async takeOverRoles(said: { readonly provider: string; readonly idToken: string }): Promise<void> {
    const answer = await this.asService('/api/v1/internal/federated-roles', said, false);
    if (!isSuccess(answer)) throw this.refusal(answer, (code) => new RolesRefused(code));
  }

  async signOutAtProvider(notice: FederatedSignOut): Promise<void> {
    const answer = await this.asService('/api/v1/internal/federated-sign-out', notice, true);
    if (isSuccess(answer)) return;
    // Here a malformed request is the provider's: what it sent goes through unread.
    if (codeIn(answer.body) === 'VALIDATION_ERROR') throw new LogoutRefused('VALIDATION_ERROR');
    throw this.refusal(answer, (code) => new LogoutRefused(code));
  }

  async refresh(refreshToken: string, accessToken: string): Promise<RefreshAnswer> {
    const askedAtMs = this.clock.nowMs();
    const answer = await this.http.post({
      path: '/api/v1/auth/refresh',
      // Counted as this person's, where the token still is good; many persons stand behind the gateway's one address.
      headers: { ...JSON_TYPE, authorization: `Bearer ${accessToken}` },
      body: JSON.stringify({ refresh_token: refreshToken }),
      // The immediate predecessor gets the identical answer again.
      repeatable: true,
    });
    const read = refreshed.safeParse(answer.body);
    if (isSuccess(answer) && read.success) {
      const { access_token, refresh_token, expires_in } = read.data.data;
      return {
        kind: 'refreshed',
        accessToken: access_token,
        accessTokenExpiresAtMs: askedAtMs + expires_in * 1000,
        refreshToken: refresh_token,
      };
    }
    const code = codeIn(answer.body);
    if (isClientError(answer) && code !== undefined && ENDED.has(code)) return { kind: 'ended', code };
    throw notUnderstood(answer);
  }

  async signOut(accessToken: string): Promise<boolean> {
    const answer = await this.http.post({
      path: '/api/v1/auth/signout',
      headers: { ...JSON_TYPE, authorization: `Bearer ${accessToken}` },
      body: '{}',
      repeatable: true,
    });
    if (isSuccess(answer)) return true;
    if (answer.status === 401 && codeIn(answer.body) !== undefined) return false;
    throw notUnderstood(answer);
  }

  async close(): Promise<void> {
    await this.http.close();
  }

  /** A token that was refused is replaced once: the account's secret or the signing key may have changed since. */
  private async asService(path: string, body: unknown, repeatable: boolean): Promise<HttpAnswer> {
    const send = async () => {
      const token = await this.ownToken.get();
      const headers = { ...JSON_TYPE, authorization: `Bearer ${token}` };
      const answer = await this.http.post({ path, headers, body: JSON.stringify(body), repeatable });
      return { token, answer };
    };
    const first = await send();
    if (first.answer.status !== 401) return first.answer;
    this.ownToken.forget(first.token);
    return (await send()).answer;
  }

  private refusal(answer: HttpAnswer, refused: (code: ErrorCode) => Error): Error {
    const code = codeIn(answer.body);
    if (!isClientError(answer) || code === undefined || code === 'RATE_LIMITED') return notUnderstood(answer);
    if (!ABOUT_US.has(code)) return refused(code);
    this.logger.error(
      'the auth service does not take what the gateway asks; check its service account and the versions',
      {
        status: answer.status,
        code,
      },
    );
    return new AuthServiceUnavailable(`the auth service refused the gateway: ${code}`, 10);
  }

  private async askForToken(): Promise<IssuedToken> {
    const { clientId, clientSecret } = this.settings;
    // Both parts percent-encoded before they are put together (RFC 6749 §2.3.1).
    const pair = [clientId, clientSecret].map(encodeURIComponent).join(':');
    const answer = await this.http.post({
      path: '/api/v1/auth/token',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        authorization: `Basic ${Buffer.from(pair).toString('base64')}`,
      },
      body: new URLSearchParams({ grant_type: 'client_credentials', scope: FEDERATION }).toString(),
      repeatable: true,
    });
    const read = clientToken.safeParse(answer.body);
    if (isSuccess(answer) && read.success) {
      return { accessToken: read.data.access_token, lifeSeconds: read.data.expires_in };
    }
    if (isClientError(answer) && answer.status !== 429) {
      this.logger.error('the auth service gives the gateway no token; check its service account and the scope', {
        status: answer.status,
      });
    }
    throw notUnderstood(answer);
  }
}

const isSuccess = ({ status }: HttpAnswer) => status >= 200 && status < 300;
const isClientError = ({ status }: HttpAnswer) => status >= 400 && status < 500;

function notUnderstood({ status, retryAfterSeconds = 2 }: HttpAnswer): AuthServiceUnavailable {
  return new AuthServiceUnavailable(`the auth service answered ${status}`, retryAfterSeconds);
}
