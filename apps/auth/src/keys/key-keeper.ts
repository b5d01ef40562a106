import type { Clock } from '@gatehouse/kernel';
import { generateSigningKey } from './generate-signing-key.js';
import type { KeyBundlePublisher } from './key-bundle-publisher.js';
import type { KeyRing } from './key-ring.js';
import { SealBroken } from './sealed-private-key.js';
import type { SigningKeyStore } from './signing-key-store.port.js';

/** How often an instance looks for keys made by others, in ms. A key is published for longer than this before it signs. */
export const KEY_RELOAD_MS = 15_000;

/** Keeps the key ring of this process in step with the database, and sees to it that there are keys at all. */
export class KeyKeeper {
  private timer: NodeJS.Timeout | undefined;
  private stopped = true;
  private announced = false;

  /**
   * @param settings - fingerprint of what the key bundle says beside the keys
   * @param onFailure - told of each failed look; the keys held go on being used
   */
  constructor(
    private readonly store: SigningKeyStore,
    private readonly ring: KeyRing,
    private readonly publisher: KeyBundlePublisher,
    private readonly settings: string,
    private readonly clock: Clock,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /**
   * Loads the keys, makes the first ones when there are none, and publishes what changed.
   *
   * @throws {DatabaseUnavailable} when the keys cannot be read. A place of publication that is away is only reported: each
   *   heartbeat tries again.
   */
  async reload(): Promise<void> {
    if (!this.announced) await this.store.announce(this.settings);
    this.announced = true;
    let set = await this.store.load();
    if (set.keys.length === 0) {
      const nowMs = this.clock.nowMs();
      const [active, next] = await Promise.all([
        generateSigningKey('active', nowMs),
        generateSigningKey('next', nowMs),
      ]);
      set = await this.store.bootstrap(active, next);
    }
    if (!this.ring.replace(set)) return;
    try {
      await this.publisher.publish();
    } catch (error) {
      this.onFailure(error);
    }
  }

  /**
   * Reloads now and from then on. Resolves after the first attempt, also when the database was away.
   *
   * @throws {SealBroken} when the keys cannot be opened: waiting would not help, the service has the wrong master key.
   */
  async start(): Promise<void> {
    this.stopped = false;
    await this.round((error) => {
      if (error instanceof SealBroken) throw error;
    });
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async round(orThrow: (error: unknown) => void = () => undefined): Promise<void> {
    try {
      await this.reload();
    } catch (error) {
      orThrow(error);
      this.onFailure(error);
    }
    if (this.stopped) return;
    // Without any key nothing can be signed: look more often until there is one.
    const pauseMs = this.ring.isEmpty ? 1_000 : KEY_RELOAD_MS;
    this.timer = setTimeout(() => void this.round(), pauseMs).unref();
  }
}
