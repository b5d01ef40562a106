import { type RevocationEntry, revocationUntilMs } from '@gatehouse/contracts';
import { randomUuid } from '@gatehouse/kernel';
import type { DurableRevocations } from '../../revocations/revoke-sessions.js';
import type { SigningKeyStore } from '../signing/signing-key-store.port.js';

/**
 * Tells the feed of withdrawn keys, for good. Each entry lasts as long as a token does; but whoever holds a stolen key can
 * make tokens for as long as somebody takes the key for good, and an old bundle names it. So the feed is told again
 * before it forgets, and a validator that starts tomorrow hears of it as well.
 */
export class AnnounceWithdrawals {
  /** @param tokenSeconds - longest life of an access token. */
  constructor(
    private readonly store: SigningKeyStore,
    private readonly revocations: DurableRevocations,
    private readonly tokenSeconds: number,
  ) {}

  /**
   * Tells of those keys that the feed would forget before half of an entry's time is over.
   *
   * @throws {DatabaseUnavailable}
   */
  async run(atMs: number): Promise<void> {
    const untilMs = revocationUntilMs(atMs, this.tokenSeconds);
    const due = await this.store.withdrawn(atMs + (untilMs - atMs) / 2);
    if (due.length === 0) return;
    const kids = due.map(({ kid }) => kid);
    await this.tell(kids, atMs);
  }

  /**
   * Tells of these keys now.
   *
   * @returns where that is kept, and the id under which receipts are found.
   * @throws {DatabaseUnavailable} when neither the database nor Redis can promise to keep it.
   */
  async tell(
    kids: readonly string[],
    atMs: number,
  ): Promise<{ readonly revocationId: string; readonly durableIn: string }> {
    const revocationId = randomUuid();
    const untilMs = revocationUntilMs(atMs, this.tokenSeconds);
    const entry = (kid: string): RevocationEntry => ({
      id: revocationId,
      scope: 'kid',
      value: kid,
      cutoff: 0,
      untilMs,
      reason: 'key_revoked',
    });
    const { durableIn } = await this.revocations.revoke(kids.map((kid) => ({ entry: entry(kid), userId: null })));
    // Should this fail it is told once more: that is all.
    void this.store.noteAnnounced(kids, untilMs).catch(() => undefined);
    return { revocationId, durableIn };
  }
}
