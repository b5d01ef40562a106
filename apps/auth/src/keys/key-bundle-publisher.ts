import type { Clock } from '@gatehouse/kernel';
import type { KeyBundleOutlet, PublishedBundle } from './key-bundle-outlet.port.js';
import type { KeyRing } from './key-ring.js';
import type { RootKey } from './root-key.js';

export interface KeyBundleSettings {
  readonly issuer: string;
  readonly audience: string;
  /** Longest life of an access token, in seconds. */
  readonly maxTokenSeconds: number;
}

/** Makes the key bundle out of the key ring and brings it to where validators look. */
export class KeyBundlePublisher {
  private made: PublishedBundle | undefined;

  /** @param root - `undefined` where tokens are signed with a shared secret: then there is no bundle. */
  constructor(
    private readonly ring: KeyRing,
    private readonly root: RootKey | undefined,
    private readonly outlets: readonly KeyBundleOutlet[],
    private readonly settings: KeyBundleSettings,
    private readonly clock: Clock,
  ) {}

  /** The bundle of the keys held now; `undefined` before the first key is known. Signed once per version. */
  current(): PublishedBundle | undefined {
    const { version } = this.ring;
    if (!this.root || this.ring.isEmpty) return undefined;
    if (this.made?.version !== version) {
      const text = this.root.signBundle({
        iss: this.settings.issuer,
        aud: this.settings.audience,
        ver: version,
        iat: this.clock.nowSeconds(),
        max_token_seconds: this.settings.maxTokenSeconds,
        keys: this.ring.published(),
      });
      this.made = { version, text };
    }
    return this.made;
  }

  /**
   * Puts the current bundle into every outlet. Called before each heartbeat, so that a Redis that lost everything has the
   * keys before it has proof of freshness.
   *
   * @throws {SessionStoreUnavailable} when an outlet does not answer in time.
   */
  async publish(): Promise<void> {
    const bundle = this.current();
    if (!bundle) return;
    await Promise.all(this.outlets.map((outlet) => outlet.put(bundle)));
  }
}
