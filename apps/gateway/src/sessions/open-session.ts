import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { Logger } from '@gatehouse/observability';
import type { SessionValidator } from '@gatehouse/session-validator';
import { AuthServiceUnavailable } from '../auth-service/auth-service.errors.js';
import type { AuthService, OpenedSession } from '../auth-service/auth-service.port.js';
import type { GatewaySession, GatewaySessions, SessionTokens } from './gateway-session.js';
import type { TokenSeals } from './sealing/token-seals.js';
import type { SessionCache } from './session-cache.js';
import type { SessionCookie } from './session-cookie.js';
import { newSecret, secretHashOf } from './session-secret.js';
import type { SessionStore } from './session-store.port.js';

type Login = Parameters<GatewaySessions['open']>[0];

export interface OpenSessionParts {
  readonly auth: AuthService;
  readonly store: SessionStore;
  readonly seals: TokenSeals;
  readonly cache: SessionCache;
  readonly cookie: SessionCookie;
  readonly validator: Pick<SessionValidator, 'validateAccessToken'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly opened: () => void;
}

/** What a browser calls itself may be long; what is kept of it is not. */
const LONGEST_USER_AGENT = 512;

/** Turns a login at a provider into a session: at the auth service first, then here, under a secret nobody has had before. */
export class OpenSession {
  constructor(
    private readonly parts: OpenSessionParts,
    /** `remember`: whether the browser keeps the cookie once it is closed. */
    private readonly limits: { readonly absoluteMs: number; readonly remember: boolean },
  ) {}

  /**
   * @throws {SignInRefused} @throws {AuthServiceUnavailable} @throws {SessionStoreUnavailable}
   */
  async run(login: Login): Promise<{ readonly setCookie: string; readonly session: GatewaySession }> {
    const { auth, cache, clock, cookie, opened } = this.parts;
    const { provider, tokens, nonce, ipAddress, userAgent } = login;
    const atAuth = await auth.signIn({
      provider,
      idToken: tokens.idToken,
      nonce,
      client: { ipAddress, userAgent: userAgent.slice(0, LONGEST_USER_AGENT) },
    });
    // Never a secret of the browser's choosing, whatever cookie it came with (session fixation).
    const secret = newSecret();
    const session = this.sessionOf(login, atAuth, secret);
    await this.orUndone(session, async () => {
      await this.assertAccepted(session);
      await this.keep(session, secret);
    });
    cache.put({ session, secret, readAtMs: clock.nowMs() });
    opened();
    const keptMs = this.limits.remember ? session.record.expiresAtMs - clock.nowMs() : undefined;
    return { setCookie: cookie.issue(atAuth.sessionId, secret, keptMs), session };
  }

  private sessionOf(login: Login, atAuth: OpenedSession, secret: string): GatewaySession {
    const nowMs = this.parts.clock.nowMs();
    const { accessToken, accessTokenExpiresAtMs, refreshToken, sessionId, userId, expiresAtMs } = atAuth;
    return {
      record: {
        sid: sessionId,
        userId,
        secretHash: secretHashOf(secret),
        provider: login.provider,
        createdAtMs: nowMs,
        lastSeenAtMs: nowMs,
        expiresAtMs: Math.min(expiresAtMs, nowMs + this.limits.absoluteMs),
        generation: 1,
      },
      tokens: {
        accessToken,
        accessTokenExpiresAtMs,
        refreshToken,
        provider: login.tokens,
        identity: identityOf(login),
      },
    };
  }

  /** Better no login than one that each following request is sent back from. */
  private async assertAccepted({ tokens }: GatewaySession): Promise<void> {
    const verdict = await this.parts.validator.validateAccessToken(tokens.accessToken);
    if (verdict.ok || verdict.reason === 'FEED_STALE') return;
    throw new AuthServiceUnavailable(`the auth service's new token is not accepted here: ${verdict.reason}`, 10);
  }

  private async keep({ record, tokens }: GatewaySession, secret: string): Promise<void> {
    const { sid, generation } = record;
    const sealedTokens = this.parts.seals.seal(tokens, { sid, generation, secret });
    if (await this.parts.store.create({ record, sealedTokens })) return;
    throw new SessionStoreUnavailable('the new session ended while it was being opened');
  }

  /** A session that nobody can use must not stand in the person's list. */
  private async orUndone(session: GatewaySession, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.parts.auth.signOut(session.tokens.accessToken).catch((failure: unknown) => {
        this.parts.logger.warn('a session that could not be kept stands at the auth service', { error: failure });
      });
      throw error;
    }
  }
}

/** Field by field, so that nothing is kept that nobody named. */
function identityOf({ identity }: Login): SessionTokens['identity'] {
  const { issuer, subject, key, roles, loginHint, providerSessionId, email, displayName, username } = identity;
  return {
    issuer,
    subject,
    key,
    roles,
    ...(loginHint === undefined ? {} : { loginHint }),
    ...(providerSessionId === undefined ? {} : { providerSessionId }),
    ...(email === undefined ? {} : { email }),
    ...(displayName === undefined ? {} : { displayName }),
    ...(username === undefined ? {} : { username }),
  };
}
