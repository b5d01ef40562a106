import { type RevocationReason, revocationUntilMs } from '@gatehouse/contracts';
import { type Clock, randomUuid } from '@gatehouse/kernel';
import type { OutboxRow } from '@gatehouse/revocation-log';

/**
 * Makes revocations durable and known, and ends the sessions in their store: now, or with the store away as soon as it is
 * back. See `RevocationWriter` of the revocation log.
 */
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
    return { revocationId };
  }
}
