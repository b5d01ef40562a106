import type { Clock } from '@gatehouse/kernel';
import type { KeyBundleOutlet, PublishedBundle } from './key-bundle-outlet.port.js';
import type { KeyRing, NewerBundle } from '../signing/key-ring.js';
import type { RootKey } from './root-key.js';

export interface KeyBundleSettings {
  readonly issuer: string;
  readonly audience: string;
  /** Longest life of an access token, in seconds. */
  readonly maxTokenSeconds: number;
}

/** What a publisher asks of whoever keeps the ring. */
export interface RingWatch {
  /** Brings the ring in step with the database, without publishing. @throws {DatabaseUnavailable} */
  confirm(): Promise<void>;
  /** Another instance has published a newer set. */
  onNewer(bundle: NewerBundle): void;
}

const NO_WATCH: RingWatch = { confirm: async () => undefined, onNewer: () => undefined };

/** Makes the key bundle out of the key ring and brings it to where validators look. */
export class KeyBundlePublisher {
  private made: (PublishedBundle & { readonly keys: number }) | undefined;

  /** @param root - `undefined` where tokens are signed with a shared secret: then there is no bundle. */
  constructor(
    private readonly ring: KeyRing,
    private readonly root: RootKey | undefined,
    private readonly outlets: readonly KeyBundleOutlet[],
    private readonly settings: KeyBundleSettings,
    private readonly clock: Clock,
    private readonly watch: RingWatch = NO_WATCH,
  ) {}

  /**
   * The bundle of the keys held now; `undefined` before the first key is known, and when all of them are withdrawn. Signed
   * once per version.
   */
  current(): PublishedBundle | undefined {
    const { version } = this.ring;
    const keys = this.ring.published();
    if (!this.root || keys.length === 0) return undefined;
    // A key may be withdrawn before the database has a new version to say so.
    if (this.made?.version !== version || this.made.keys !== keys.length) {
      const text = this.root.signBundle({
        iss: this.settings.issuer,
        aud: this.settings.audience,
        ver: version,
        iat: this.clock.nowSeconds(),
        max_token_seconds: this.settings.maxTokenSeconds,
        keys,
      });
      this.made = { version, text, keys: keys.length };
    }
    return this.made;
  }

  /** The bundle of the keys in the database; with the database away, of those held. */
  async latest(): Promise<PublishedBundle | undefined> {
    await this.watch.confirm().catch(() => undefined);
    return this.current();
  }

  /**
   * Sees to it that the current bundle lies in every outlet. Called before each heartbeat, so that a Redis that lost
   * everything has the keys before it has proof of freshness, and so that an instance that is behind learns of it.
   *
   * @throws {SessionStoreUnavailable} when an outlet does not answer in time.
   * @throws {DatabaseUnavailable} when the bundle would have to be put there anew, and the database cannot confirm that
   *   its keys still stand.
   */
  async publish(): Promise<void> {
    if (!this.current()) return;
    await Promise.all(this.outlets.map((outlet) => this.publishTo(outlet)));
  }

  private async publishTo(outlet: KeyBundleOutlet): Promise<void> {
    const there = await outlet.find();
    if (there && there.version === this.ring.version) return;
    if (there && there.version > this.ring.version) return this.watch.onNewer(there);
    // From memory alone an instance that slept could bring a withdrawn key back into an empty Redis.
    await this.watch.confirm();
    const bundle = this.current();
    if (bundle) await outlet.put(bundle);
  }
}
