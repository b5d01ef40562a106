import type { CallerFacts } from '../../access/caller.decorator.js';
import { generateSigningKey } from '../signing/generate-signing-key.js';
import type { KeyBundlePublisher } from '../bundle/key-bundle-publisher.js';
import type { KeyKeeper } from './key-keeper.js';
import type { KeyRecord } from './key-record.js';
import type { KeySettings } from './key-settings.js';
import { KeysContended, NextKeyTooYoung, NextKeyUnusable } from '../keys.errors.js';
import { activeOf, nextOf, rotation, waitMs } from './plan-key-change.js';
import type { SigningKeySet, SigningKeyStore } from '../signing/signing-key-store.port.js';

/** How often a change is tried when others change the set at the same time. */
export const CHANGE_ATTEMPTS = 8;

/** Who asked for a change of keys; nobody when it was due. */
export interface KeyActor {
  readonly actorId?: number;
  readonly ipAddress?: CallerFacts['ipAddress'];
  readonly requestId?: CallerFacts['requestId'] | undefined;
}

export interface RotationOutcome {
  /** The key that signs now. */
  readonly activeKid: string;
  /** False when another instance did it at the same time: there is one new key, whoever asked for it. */
  readonly isOurs: boolean;
}

/** Has the key that waits take over, and publishes a fresh one to wait in its place. */
export class RotateKeys {
  constructor(
    private readonly store: SigningKeyStore,
    private readonly keeper: Pick<KeyKeeper, 'reload'>,
    private readonly publisher: Pick<KeyBundlePublisher, 'publish'>,
    private readonly settings: KeySettings,
    private readonly record: KeyRecord,
  ) {}

  /**
   * Of any number of instances that rotate at once, one does it and all are told the same key.
   *
   * @throws {NextKeyTooYoung} when the key that waits has not been published for long enough.
   * @throws {NextKeyUnusable} when it does not open with the master keys of this instance.
   * @throws {DatabaseUnavailable}
   * @throws {SessionStoreUnavailable} when the keys cannot be published: then nobody could verify with a new one.
   */
  async run(actor: KeyActor = {}): Promise<RotationOutcome> {
    const before = activeOf(await this.store.load());
    await this.publisher.publish();
    for (let attempt = 0; attempt < CHANGE_ATTEMPTS; attempt++) {
      const set = await this.store.load();
      const active = activeOf(set);
      if (active && active.kid !== before?.kid) {
        await this.keeper.reload();
        return { activeKid: active.kid, isOurs: false };
      }
      const activeKid = await this.rotate(set, actor);
      if (activeKid !== undefined) return { activeKid, isOurs: true };
    }
    throw new KeysContended();
  }

  /** @returns the key that signs now; `undefined` when the set has moved on meanwhile. */
  private async rotate(set: SigningKeySet, actor: KeyActor): Promise<string | undefined> {
    const next = nextOf(set);
    const fresh = await generateSigningKey('next', set.atMs, this.settings.tokenSeconds);
    if (!next) {
      await this.store.change(set.version, { add: { next: fresh } });
      throw new NextKeyTooYoung(this.settings.publishAheadMs);
    }
    const leftMs = waitMs(set, next, this.settings.publishAheadMs);
    if (leftMs > 0) throw new NextKeyTooYoung(leftMs);
    if (!next.privateKey) throw new NextKeyUnusable();
    if (!(await this.store.change(set.version, rotation(set, next, fresh)))) return undefined;
    await this.keeper.reload();
    this.record.rotated({ retired: activeOf(set)?.kid, activated: next.kid, created: fresh.kid }, actor);
    return next.kid;
  }
}
