import { MAX_CLOCK_TOLERANCE_SECONDS, type RevocationReason, revocationUntilMs } from '@gatehouse/contracts';
import { type Clock, randomUuid } from '@gatehouse/kernel';
import type { DurableRevocations, RevocationReceipt } from './revoke-sessions.js';

export interface RevokeDeviceCommand {
  readonly userId: number;
  readonly deviceId: string;
  readonly reason: RevocationReason;
}

/** Ends all sessions of a device by one entry of the feed, however many there are. */
export class RevokeDevice {
  /** @param accessTokenSeconds - longest life of an access token: how long its revocation must be kept. */
  constructor(
    private readonly revocations: DurableRevocations,
    private readonly accessTokenSeconds: number,
    private readonly clock: Clock,
  ) {}

  /**
   * Repeating it is harmless. A device that signs in again must get another id.
   *
   * @throws {DatabaseUnavailable} when neither the database nor Redis can promise to keep it.
   */
  async run({ userId, deviceId, reason }: RevokeDeviceCommand): Promise<RevocationReceipt> {
    const revocationId = randomUuid();
    // Ahead of our clock: an instance that is fast may be refreshing one of the sessions at this moment.
    const cutoff = this.clock.nowSeconds() + MAX_CLOCK_TOLERANCE_SECONDS;
    const untilMs = revocationUntilMs(cutoff * 1000, this.accessTokenSeconds);
    const entry = { id: revocationId, scope: 'device', value: deviceId, cutoff, untilMs, reason } as const;
    await this.revocations.revoke([{ entry, userId }]);
    return { revocationId };
  }
}
