import { revocationUntilMs } from '@gatehouse/contracts';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import { type Clock, randomUuid } from '@gatehouse/kernel';
import type { OutboxRow } from '@gatehouse/revocation-log';
import type { SessionStore } from '@gatehouse/session-store';
import type { CallerFacts } from '../../access/caller.decorator.js';
import type { OwnTokens } from '../../access/own-tokens.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { DurableRevocations } from '../../revocations/revoke-sessions.js';
import type { ParsedRefreshToken, RefreshTokens } from '../../tokens/refresh-token.js';

export interface RevokeTokenCommand {
  readonly token: string;
  /** The client that asks. */
  readonly clientId: string;
  /** Whether it may end tokens that were issued to others. */
  readonly mayEndAll: boolean;
}

type What = Pick<OutboxRow['entry'], 'scope' | 'value'> & { readonly userId: number | null };

/**
 * Ends a token (RFC 7009). A refresh token ends its session, access tokens included; an access token ends alone, since its client may
 * want another one. What is no live token of the client's leaves all as it is, and nobody is told: the client wanted to be rid of it.
 */
export class RevokeToken {
  /** @param accessTokenSeconds - longest life of an access token: how long its revocation must be kept. */
  constructor(
    private readonly ownTokens: OwnTokens,
    private readonly refreshTokens: RefreshTokens,
    private readonly sessions: SessionStore,
    private readonly revocations: DurableRevocations,
    private readonly audit: AuditLog,
    private readonly accessTokenSeconds: number,
    private readonly clock: Clock,
  ) {}

  /** @throws {DatabaseUnavailable} when nothing could promise to keep it. */
  async run(command: RevokeTokenCommand, caller: CallerFacts): Promise<void> {
    const refreshToken = this.refreshTokens.parse(command.token);
    const what = refreshToken ? await this.sessionOf(refreshToken, command) : this.tokenOf(command);
    if (!what) return;
    const untilMs = revocationUntilMs(this.clock.nowMs(), this.accessTokenSeconds);
    const entry = { id: randomUuid(), cutoff: 0, untilMs, reason: 'user_revoked' as const };
    const { scope, value, userId } = what;
    await this.revocations.revoke([{ entry: { ...entry, scope, value }, userId }]);
    this.audit.record({
      kind: 'token.revoked',
      clientId: command.clientId,
      ...(userId === null ? {} : { userId }),
      ...(scope === 'sid' ? { sessionId: value } : {}),
      ...caller,
      details: { scope, ...(scope === 'jti' ? { token: value } : {}) },
    });
  }

  private async sessionOf({ genuine, sessionId }: ParsedRefreshToken, command: RevokeTokenCommand) {
    // Somebody who knows a session id can make one up that looks like it.
    if (!genuine) return undefined;
    const ends = (userId: number | null): What => ({ scope: 'sid', value: sessionId, userId });
    try {
      const userId = await this.sessions.ownerOf(sessionId);
      const session = userId === undefined ? undefined : await this.sessions.find(userId, sessionId);
      return userId !== undefined && session && this.mayEnd(session.clientId, command) ? ends(userId) : undefined;
    } catch (error) {
      // Whose it is cannot be told. Whoever holds a genuine one could end its session in other ways as well.
      if (error instanceof SessionStoreUnavailable) return ends(null);
      throw error;
    }
  }

  private tokenOf(command: RevokeTokenCommand): What | undefined {
    const { jti, client_id: clientId, sub, exp } = this.ownTokens.claims(command.token) ?? {};
    if (typeof jti !== 'string' || typeof exp !== 'number' || !this.mayEnd(clientId, command)) return undefined;
    // Of one that nobody accepts any more, clocks that differ included, nothing needs to be kept.
    if (revocationUntilMs(exp * 1000, 0) < this.clock.nowMs()) return undefined;
    const userId = Number(sub);
    return { scope: 'jti', value: jti, userId: Number.isSafeInteger(userId) ? userId : null };
  }

  private mayEnd(issuedTo: unknown, { clientId, mayEndAll }: RevokeTokenCommand): boolean {
    return mayEndAll || issuedTo === clientId;
  }
}
