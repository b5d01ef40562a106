import { type RevocationReason, revocationUntilMs } from '@gatehouse/contracts';
import { type Clock, randomUuid } from '@gatehouse/kernel';
import type { DurableRevocations } from '../revocations/revoke-sessions.js';

/**
 * How far ahead of now the tokens of a client are ended: a request that read the account before it was changed may still be on its way
 * (2 s at the most), and the clocks of two instances differ.
 */
const AHEAD_SECONDS = 5;

/** Ends every token a client holds, everywhere, by one entry. */
export class EndClientTokens {
  /** @param accessTokenSeconds - longest life of an access token: how long the entry must be kept. */
  constructor(
    private readonly revocations: DurableRevocations,
    private readonly accessTokenSeconds: number,
    private readonly clock: Clock,
  ) {}

  /** The `iat` up to which tokens would be ended now, in seconds. To be kept with the account before {@link run}. */
  cutoff(): number {
    return this.clock.nowSeconds() + AHEAD_SECONDS;
  }

  /**
   * Repeating it is harmless.
   *
   * @returns the id of the revocation, for its receipt.
   * @throws {DatabaseUnavailable} when nothing could promise to keep it.
   */
  async run(clientId: string, cutoff: number, reason: RevocationReason): Promise<string> {
    const id = randomUuid();
    const untilMs = revocationUntilMs(cutoff * 1000, this.accessTokenSeconds);
    await this.revocations.revoke([
      { entry: { id, scope: 'client', value: clientId, cutoff, untilMs, reason }, userId: null },
    ]);
    return id;
  }
}
