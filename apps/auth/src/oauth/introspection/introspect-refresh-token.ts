import type { SessionStore } from '@gatehouse/session-store';
import type { RefreshTokens } from '../../tokens/refresh-token.js';
import { type ActiveToken, INACTIVE } from './introspect-token.js';

/** Says of a refresh token whether it could be traded for the next pair right now. It is not spent by being asked about. */
export class IntrospectRefreshToken {
  constructor(
    private readonly refreshTokens: RefreshTokens,
    private readonly sessions: SessionStore,
    private readonly issuer: string,
  ) {}

  /** Whether the text has the form of a refresh token. */
  recognises(text: string): boolean {
    return this.refreshTokens.parse(text) !== undefined;
  }

  /** @throws {SessionStoreUnavailable} */
  async run(text: string): Promise<ActiveToken | typeof INACTIVE> {
    const presented = this.refreshTokens.parse(text);
    if (!presented?.genuine) return INACTIVE;
    const { sessionId, hash } = presented;
    const userId = await this.sessions.ownerOf(sessionId);
    const session = userId === undefined ? undefined : await this.sessions.findByRefreshToken(userId, sessionId, hash);
    if (!session) return INACTIVE;
    const { idleExpiresAtMs, absoluteExpiresAtMs, createdAtMs, clientId, scope } = session;
    return {
      active: true,
      token_type: 'refresh_token',
      iss: this.issuer,
      sub: String(session.userId),
      sid: sessionId,
      client_id: clientId,
      scope,
      iat: Math.floor(createdAtMs / 1000),
      exp: Math.floor(Math.min(idleExpiresAtMs, absoluteExpiresAtMs) / 1000),
    };
  }
}
