import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { SessionStore } from '@gatehouse/session-store';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { RevocationReceipt, RevokeSessions } from '../revocations/revoke-sessions.js';
import { SessionNotOwned } from '../sessions/sessions.errors.js';
import type { RefreshTokens } from '../tokens/refresh-token.js';

export interface SignOutCommand {
  readonly userId: number;
  /** The session of the access token. */
  readonly sessionId: string;
  /** Another session of the same person to end instead. */
  readonly otherSessionId?: string | undefined;
  /** Whatever the client has kept; its session ends too. */
  readonly refreshToken?: string | undefined;
  readonly ipAddress: string;
  readonly requestId: string;
}

export interface SignedOut extends RevocationReceipt {
  readonly sessionId: string;
}

/** Ends a session. Saying it twice is harmless, and it works with either store away. */
export class SignOut {
  constructor(
    private readonly sessions: SessionStore,
    private readonly revokeSessions: RevokeSessions,
    private readonly refreshTokens: RefreshTokens,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @throws {SessionNotOwned} when another session was named and it is not this person's.
   * @throws {SessionStoreUnavailable} when another session was named and nobody can tell whose it is.
   * @throws {DatabaseUnavailable} when nothing could promise to keep the sign-out.
   */
  async run(command: SignOutCommand): Promise<SignedOut> {
    const { userId, otherSessionId, ipAddress, requestId } = command;
    if (otherSessionId !== undefined && otherSessionId !== command.sessionId) {
      // The owner is known for ended sessions too, so that naming one twice stays harmless.
      if ((await this.sessions.ownerOf(otherSessionId)) !== userId) throw new SessionNotOwned();
    }
    const sessionId = otherSessionId ?? command.sessionId;
    const sessionIds = [...new Set([sessionId, ...(await this.sessionOf(command.refreshToken, userId))])];
    const { revocationId } = await this.revokeSessions.run({ userId, sessionIds, reason: 'user_signout' });
    this.audit.record({ kind: 'signout', userId, sessionId, ipAddress, requestId });
    return { sessionId, revocationId };
  }

  /** A useless refresh token is no error: the client wants to be rid of it, and is (RFC 7009 §2.2). */
  private async sessionOf(refreshToken: string | undefined, userId: number): Promise<string[]> {
    const parsed = refreshToken === undefined ? undefined : this.refreshTokens.parse(refreshToken);
    if (!parsed?.genuine) return [];
    return (await this.mayBelongTo(userId, parsed.sessionId)) ? [parsed.sessionId] : [];
  }

  private async mayBelongTo(userId: number, sessionId: string): Promise<boolean> {
    try {
      return (await this.sessions.ownerOf(sessionId)) === userId;
    } catch (error) {
      // Whoever holds a genuine refresh token may end its session; with the store away that has to do.
      if (error instanceof SessionStoreUnavailable) return true;
      throw error;
    }
  }
}
