import { signsSinceMs } from './key-duties.js';
import type { KeySettings } from './key-settings.js';
import { activeOf } from './plan-key-change.js';
import type { PastKey } from '../signing/signing-key.js';
import type { SigningKeySet, SigningKeyStore } from '../signing/signing-key-store.port.js';

/** Keys that are gone are listed up to this many. */
const PAST_LIMIT = 50;

export interface KeyList {
  readonly set: SigningKeySet;
  /** The last one first. */
  readonly past: readonly PastKey[];
  /** `undefined` where nothing is rotated by itself. */
  readonly nextRotationAtMs: number | undefined;
}

/** All keys that are published, and those that were. */
export class ListKeys {
  constructor(
    private readonly store: SigningKeyStore,
    private readonly settings: KeySettings,
  ) {}

  /** @throws {DatabaseUnavailable} */
  async run(): Promise<KeyList> {
    const [set, past] = await Promise.all([this.store.load(), this.store.past(PAST_LIMIT)]);
    const active = activeOf(set);
    const { rotateAfterMs } = this.settings;
    return {
      set,
      past,
      nextRotationAtMs: active && rotateAfterMs > 0 ? signsSinceMs(active) + rotateAfterMs : undefined,
    };
  }
}
