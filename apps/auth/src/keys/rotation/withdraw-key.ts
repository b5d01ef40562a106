import { DatabaseUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { AnnounceWithdrawals } from './announce-withdrawals.js';
import { generateSigningKey } from '../signing/generate-signing-key.js';
import type { KeyKeeper } from './key-keeper.js';
import type { KeyRecord } from './key-record.js';
import type { KeyRing } from '../signing/key-ring.js';
import type { KeySettings } from './key-settings.js';
import { KeysContended, KeyUnknown } from '../keys.errors.js';
import { withdrawal } from './plan-key-change.js';
import { CHANGE_ATTEMPTS, type KeyActor } from './rotate-keys.js';
import type { KeyRevocationReason } from '../signing/signing-key.js';
import type { SigningKeyStore } from '../signing/signing-key-store.port.js';

/** Of the two seconds a request may take, what the database gets for each of two steps; the feed needs the rest, in ms. */
const DATABASE_PATIENCE_MS = 450;

/** How long the answer waits for the new bundle to be published, in ms. It is published all the same. */
const PUBLICATION_PATIENCE_MS = 300;

export interface WithdrawKeyCommand {
  readonly kid: string;
  readonly reason: KeyRevocationReason;
  readonly actor?: KeyActor;
}

export interface WithdrawalOutcome {
  readonly revocationId: string;
  /** `log` while the database is away: the keys in it follow as soon as it is back. */
  readonly durableIn: string;
}

/**
 * Takes a key out of use for good: what it signed is refused everywhere within milliseconds, it is published no more, and
 * another key signs. Sessions live on, their refresh gives tokens of the new key.
 */
export class WithdrawKey {
  constructor(
    private readonly store: SigningKeyStore,
    private readonly ring: KeyRing,
    private readonly keeper: Pick<KeyKeeper, 'reload'>,
    private readonly announce: AnnounceWithdrawals,
    private readonly settings: KeySettings,
    private readonly record: KeyRecord,
    private readonly clock: Clock,
  ) {}

  /**
   * Repeating it is harmless, and tells every validator again. Once it resolves, the withdrawal outlives the loss of any one
   * store.
   *
   * @throws {KeyUnknown} when no key of that name was ever published here.
   * @throws {DatabaseUnavailable} when neither the database nor Redis can promise to keep it.
   */
  async run({ kid, reason, actor = {} }: WithdrawKeyCommand): Promise<WithdrawalOutcome> {
    try {
      await this.takeOut(kid, reason, actor);
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) || !this.ring.holds(kid)) throw error;
      // In the feed the withdrawal is in force; every instance brings it home once the database is back.
      this.ring.withdraw(kid);
      const outcome = await this.announce.tell([kid], this.clock.nowMs());
      // Without the request's id: the answer must not wait for an audit log that is in the same database.
      this.record.withdrawn(kid, reason, {}, { ...actor, requestId: undefined });
      return outcome;
    }
    this.ring.withdraw(kid);
    // The key that follows should be known to whoever refuses this one. Mostly it is: it was published as `next`.
    await Promise.race([this.keeper.reload().catch(() => undefined), sleep(PUBLICATION_PATIENCE_MS)]);
    return this.announce.tell([kid], this.clock.nowMs());
  }

  /**
   * Takes the key out of the published ones and has another sign. Harmless when that has happened.
   *
   * @throws {KeyUnknown}
   * @throws {DatabaseUnavailable}
   */
  async takeOut(kid: string, reason: KeyRevocationReason, actor: KeyActor = {}): Promise<void> {
    for (let attempt = 0; attempt < CHANGE_ATTEMPTS; attempt++) {
      const set = await this.store.load(DATABASE_PATIENCE_MS);
      const key = set.keys.find((known) => known.kid === kid);
      if (!key) {
        if (await this.store.withdrawPast(kid, reason)) return;
        throw new KeyUnknown();
      }
      const change = withdrawal(set, key, reason, {
        active: await generateSigningKey('active', set.atMs, this.settings.tokenSeconds),
        next: await generateSigningKey('next', set.atMs, this.settings.tokenSeconds),
      });
      if (!(await this.store.change(set.version, change, DATABASE_PATIENCE_MS))) continue;
      this.record.withdrawn(kid, reason, change, actor);
      return;
    }
    throw new KeysContended();
  }
}

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref());
