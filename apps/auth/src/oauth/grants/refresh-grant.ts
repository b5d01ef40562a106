import type { Session, SessionStore } from '@gatehouse/session-store';
import type { CallerFacts } from '../../access/caller.decorator.js';
import type { OwnTokens } from '../../access/own-tokens.js';
import { RefreshExpired, RefreshInvalid, RefreshReuseDetected } from '../../refresh/refresh.errors.js';
import type { RefreshSession } from '../../refresh/refresh-session.js';
import type { RefreshTokens } from '../../tokens/refresh-token.js';
import { InvalidGrant, InvalidScope } from '../oauth.errors.js';
import { scopesIn } from '../scopes.js';

export interface RefreshGrantRequest {
  readonly refreshToken: string;
  /** The client that says it is its own; `undefined` when none was named. */
  readonly clientId: string | undefined;
  /** As sent. It must not go beyond what the session has; a narrower token is not made. */
  readonly scope: string | undefined;
}

export interface RefreshedGrant {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly expiresInSeconds: number;
  /** What the access token holds. */
  readonly scope: string;
}

/** Longer than any refresh token of ours. */
const MAX_CHARACTERS = 256;

/** The refresh grant (RFC 6749 §6): what `POST /auth/refresh` does, in the words of OAuth. */
export class RefreshGrant {
  constructor(
    private readonly refreshSession: RefreshSession,
    private readonly refreshTokens: RefreshTokens,
    private readonly ownTokens: OwnTokens,
    private readonly sessions: SessionStore,
  ) {}

  /**
   * @throws {InvalidGrant} when it is not valid, has expired or was used before, and when it is another client's: it is not spent then.
   * @throws {InvalidScope} nor then.
   * @throws {SessionStoreUnavailable}
   */
  async run({ refreshToken, clientId, scope }: RefreshGrantRequest, caller: CallerFacts): Promise<RefreshedGrant> {
    if (refreshToken.length > MAX_CHARACTERS) throw new InvalidGrant();
    const asked = scope === undefined ? undefined : scopesIn(scope);
    // Of a session that is gone nobody knows anything; the refresh itself then says no.
    const session = clientId === undefined && !asked ? undefined : await this.sessionOf(refreshToken);
    if (session && clientId !== undefined && session.clientId !== clientId) throw new InvalidGrant();
    if (session && asked && !asked.every((one) => session.scope.split(' ').includes(one))) throw new InvalidScope();
    const { accessToken, refreshToken: next, expiresInSeconds } = await this.refresh(refreshToken, caller);
    return { accessToken, refreshToken: next, expiresInSeconds, scope: this.scopeOf(accessToken) };
  }

  private async refresh(refreshToken: string, caller: CallerFacts) {
    try {
      const { tokens } = await this.refreshSession.run({ refreshToken, ...caller });
      return tokens;
    } catch (error) {
      const isInvalid =
        error instanceof RefreshInvalid || error instanceof RefreshExpired || error instanceof RefreshReuseDetected;
      throw isInvalid ? new InvalidGrant() : error;
    }
  }

  private async sessionOf(refreshToken: string): Promise<Session | undefined> {
    const sessionId = this.refreshTokens.parse(refreshToken)?.sessionId;
    const userId = sessionId === undefined ? undefined : await this.sessions.ownerOf(sessionId);
    return sessionId === undefined || userId === undefined ? undefined : this.sessions.find(userId, sessionId);
  }

  /** Of the token, not of the session: that of a repeated answer may have had other rights. */
  private scopeOf(accessToken: string): string {
    const scope = this.ownTokens.claims(accessToken)?.['scope'];
    return typeof scope === 'string' ? scope : '';
  }
}
