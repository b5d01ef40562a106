import { KEY_BUNDLE_CHANNEL, KEY_BUNDLE_KEY } from '@gatehouse/contracts';
import { orStoreUnavailable, type RedisConnection } from '@gatehouse/redis';
import { BundleReader } from '../bundle/genuine-bundle.js';
import { KeyBundleOutlet, type PublishedBundle } from '../bundle/key-bundle-outlet.port.js';
import type { NewerBundle } from '../signing/key-ring.js';
import { replaceKeyBundle } from './replace-key-bundle.script.js';

/** Attempts before giving up on a key that changes under our hands; the next heartbeat tries again. */
const ATTEMPTS = 5;

/** The bundle in Redis, and a word on the channel for whoever waits for a new one. */
export class RedisKeyBundleOutlet extends KeyBundleOutlet {
  private readonly reader: BundleReader;

  constructor(
    private readonly redis: RedisConnection,
    trustAnchors: readonly string[],
  ) {
    super();
    this.reader = new BundleReader(trustAnchors);
  }

  override find(): Promise<NewerBundle | undefined> {
    return orStoreUnavailable(async () => this.reader.read((await this.redis.get(KEY_BUNDLE_KEY)) ?? ''));
  }

  override put(bundle: PublishedBundle): Promise<void> {
    return orStoreUnavailable(async () => {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const there = (await this.redis.get(KEY_BUNDLE_KEY)) ?? '';
        if (there === bundle.text) return;
        // Instances sign the same version with different signatures; one of them is as good as the other.
        if ((this.reader.read(there)?.version ?? -1) >= bundle.version) return;
        const replaced = await replaceKeyBundle.run(
          this.redis,
          { bundle: KEY_BUNDLE_KEY },
          { expected: there, next: bundle.text, channel: KEY_BUNDLE_CHANNEL, version: String(bundle.version) },
        );
        if (replaced) return;
      }
    });
  }
}
