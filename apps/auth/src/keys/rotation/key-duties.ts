import type { AnnounceWithdrawals } from './announce-withdrawals.js';
import { generateSigningKey } from '../signing/generate-signing-key.js';
import type { KeyRecord } from './key-record.js';
import type { KeyRing } from '../signing/key-ring.js';
import type { KeySettings } from './key-settings.js';
import { NextKeyTooYoung } from '../keys.errors.js';
import { activeOf, farewell, nextOf } from './plan-key-change.js';
import type { RotateKeys } from './rotate-keys.js';
import type { SigningKeySet, SigningKeyStore } from '../signing/signing-key-store.port.js';
import type { WithdrawKey } from './withdraw-key.js';

/**
 * What is to be done about keys without anybody asking, each time the set has been read. Runs in every instance; each step
 * is a compare and set, so that of all instances one takes it. With the database away nothing is read, and all of it waits.
 */
export class KeyDuties {
  constructor(
    private readonly store: SigningKeyStore,
    private readonly ring: Pick<KeyRing, 'isWithdrawn'>,
    private readonly rotate: RotateKeys,
    private readonly withdraw: WithdrawKey,
    private readonly announce: AnnounceWithdrawals,
    private readonly settings: KeySettings,
    private readonly record: KeyRecord,
  ) {}

  /** @throws what is away; the next round tries again. */
  async run(set: SigningKeySet): Promise<void> {
    // Withdrawn in the feed while the database was away, or by somebody who wrote to the feed alone.
    for (const { kid } of set.keys) if (this.ring.isWithdrawn(kid)) await this.withdraw.takeOut(kid, 'feed');
    await this.announce.run(set.atMs);
    await this.forgetExpired(set);
    await this.ensureNext(set);
    if (this.isDue(set)) await this.rotateIfPossible();
  }

  private async forgetExpired(set: SigningKeySet): Promise<void> {
    const change = farewell(set);
    if (!change || !(await this.store.change(set.version, change))) return;
    for (const { kid, ending } of change.remove ?? []) this.record.ended(kid, ending);
  }

  private async ensureNext(set: SigningKeySet): Promise<void> {
    if (nextOf(set) || !activeOf(set)) return;
    const next = await generateSigningKey('next', set.atMs, this.settings.tokenSeconds);
    if (await this.store.change(set.version, { add: { next } })) this.record.created(next.kid);
  }

  private isDue(set: SigningKeySet): boolean {
    const { rotateAfterMs } = this.settings;
    const active = activeOf(set);
    return rotateAfterMs > 0 && active !== undefined && set.atMs >= signsSinceMs(active) + rotateAfterMs;
  }

  private async rotateIfPossible(): Promise<void> {
    try {
      await this.rotate.run();
    } catch (error) {
      if (!(error instanceof NextKeyTooYoung)) throw error;
    }
  }
}

/** Since when it signs; since it was made where a release activated it that kept no account of this. */
export function signsSinceMs(key: {
  readonly activatedAtMs?: number | undefined;
  readonly createdAtMs: number;
}): number {
  return key.activatedAtMs ?? key.createdAtMs;
}
