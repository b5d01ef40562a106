import { SESSION_ID_PATTERN } from '@gatehouse/contracts';
import type { SessionValidator } from '@gatehouse/session-validator';
import { TokenRefused } from '../access/access.errors.js';
import type { OwnToken, OwnTokens } from '../access/own-tokens.js';
import type { SessionPresence } from '../access/session-presence.js';
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
  ) {}

  /**
   * @param token - the bearer token, the empty string when there is none
   * @throws {TokenRefused}
   * @throws {SessionExpired} when another session was named and the token's own is not live.
   * @throws {InvalidSessionId}
   */
  async run(token: string, namedSessionId: string | undefined): Promise<OwnToken> {
    if (token === '') throw new TokenRefused('TOKEN_MISSING');
    const own = this.ownTokens.read(token);
    if (!own) throw new TokenRefused('TOKEN_INVALID');
    if (namedSessionId === undefined || namedSessionId === own.sessionId) return own;
    if (!SESSION_ID_PATTERN.test(namedSessionId)) throw new InvalidSessionId();
    const verdict = await this.judge.validateAccessToken(token);
    if (!verdict.ok) throw new TokenRefused(verdict.reason);
    await this.presence.check({ ...own, namedSessionId: undefined });
    return own;
  }
}
