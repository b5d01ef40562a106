import { SESSION_ID_PATTERN } from '@gatehouse/contracts';
import type { SessionStore } from '@gatehouse/session-store';
import type { SessionValidator } from '@gatehouse/session-validator';
import { Forbidden, TokenRefused } from '../access/access.errors.js';
import type { OwnToken, OwnTokens } from '../access/own-tokens.js';
import type { SessionPresence } from '../access/session-presence.js';
import type { RefreshTokens } from '../tokens/refresh-token.js';
import { InvalidSessionId } from '../sessions/sessions.errors.js';

/** What is needed of a validator here. */
export type TokenJudge = Pick<SessionValidator, 'validateAccessToken'>;

/**
 * Decides who may sign out. A token that has expired or been revoked still may end its own session, which makes signing out
 * idempotent and lets it work while nothing else does; to end *another* session takes a token that is good in every way.
 */
export class RecogniseLeaver {
  constructor(
    private readonly ownTokens: OwnTokens,
    private readonly judge: TokenJudge,
    private readonly presence: SessionPresence,
    private readonly sessions: Pick<SessionStore, 'ownerOf'>,
    private readonly refreshTokens: Pick<RefreshTokens, 'parse'>,
  ) {}

  /**
   * @param token - the bearer token, the empty string when there is none
   * @param refreshCookie - of a browser's session. It stands in for an access token signed with a key that is no longer known: whoever
   *   comes back after weeks must be able to leave. It may end its own session, nothing else.
   * @throws {TokenRefused}
   * @throws {SessionStoreUnavailable} when only the refresh token is left to go by, and nobody can tell whose it is.
   * @throws {Forbidden} when another session was named by an administrator who acts in the person's place.
   * @throws {SessionExpired} when another session was named and the token's own is not live.
   * @throws {InvalidSessionId}
   */
  async run(token: string, namedSessionId: string | undefined, refreshCookie?: string): Promise<OwnToken> {
    if (token === '') throw new TokenRefused('TOKEN_MISSING');
    const own = this.ownTokens.read(token) ?? (await this.ownerOf(refreshCookie));
    if (!own) throw new TokenRefused('TOKEN_INVALID');
    if (namedSessionId === undefined || namedSessionId === own.sessionId) return own;
    if (!SESSION_ID_PATTERN.test(namedSessionId)) throw new InvalidSessionId();
    const verdict = await this.judge.validateAccessToken(token);
    if (!verdict.ok) throw new TokenRefused(verdict.reason);
    // Whoever acts in a person's place sees which sessions they have, and ends none of them.
    if (verdict.principal.actorId !== undefined) throw new Forbidden();
    await this.presence.check({ ...own, namedSessionId: undefined });
    return own;
  }

  private async ownerOf(refreshCookie: string | undefined): Promise<OwnToken | undefined> {
    const parsed = refreshCookie === undefined ? undefined : this.refreshTokens.parse(refreshCookie);
    if (!parsed?.genuine) return undefined;
    const userId = await this.sessions.ownerOf(parsed.sessionId);
    return userId === undefined ? undefined : { userId, sessionId: parsed.sessionId };
  }
}
