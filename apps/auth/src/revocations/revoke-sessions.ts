import { type RevocationReason, revocationUntilMs } from '@gatehouse/contracts';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import { type Clock, randomUuid } from '@gatehouse/kernel';
import type { OutboxRow } from '@gatehouse/revocation-log';
import type { SessionStore } from '@gatehouse/session-store';

/** Makes revocations durable and known; see `RevocationWriter` of the revocation log. */
export interface DurableRevocations {
  /** @throws when no place could promise to keep them. */
  revoke(rows: readonly OutboxRow[]): Promise<{ readonly durableIn: string }>;
}

export interface RevokeSessionsCommand {
  readonly userId: number;
  readonly sessionIds: readonly string[];
  readonly reason: RevocationReason;
}

export interface RevocationReceipt {
  readonly revocationId: string;
}

/** Ends sessions for good: their tokens are refused everywhere, and no refresh brings them back. */
export class RevokeSessions {
  /** @param accessTokenSeconds - longest life of an access token: how long its revocation must be kept. */
  constructor(
    private readonly revocations: DurableRevocations,
    private readonly sessions: SessionStore,
    private readonly accessTokenSeconds: number,
    private readonly clock: Clock,
    private readonly count: (sessions: number, reason: RevocationReason, durableIn: string) => void = () => undefined,
  ) {}

  /**
   * Repeating it is harmless. Once it resolves, the revocation outlives the loss of any one store.
   *
   * @throws {DatabaseUnavailable} when neither the database nor Redis can promise to keep it.
   */
  async run({ userId, sessionIds, reason }: RevokeSessionsCommand): Promise<RevocationReceipt> {
    const revocationId = randomUuid();
    if (sessionIds.length === 0) return { revocationId };
    const untilMs = revocationUntilMs(this.clock.nowMs(), this.accessTokenSeconds);
    const { durableIn } = await this.revocations.revoke(
      sessionIds.map((value) => ({
        entry: { id: revocationId, scope: 'sid', value, cutoff: 0, untilMs, reason },
        userId,
      })),
    );
    this.count(sessionIds.length, reason, durableIn);
    await this.endInStore(userId, sessionIds);
    return { revocationId };
  }

  /** Best effort: where the store is away, the relay ends them as soon as it is back. */
  private async endInStore(userId: number, sessionIds: readonly string[]): Promise<void> {
    try {
      await Promise.all(sessionIds.map((sessionId) => this.sessions.end(userId, sessionId)));
      await this.sessions.confirmEnds(userId, sessionIds);
    } catch (error) {
      if (!(error instanceof SessionStoreUnavailable)) throw error;
    }
  }
}
