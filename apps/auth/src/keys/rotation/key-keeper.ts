import type { Clock } from '@gatehouse/kernel';
import { generateSigningKey } from '../signing/generate-signing-key.js';
import type { KeyBundlePublisher } from '../bundle/key-bundle-publisher.js';
import type { KeyRing, NewerBundle } from '../signing/key-ring.js';
import { SealBroken } from '../signing/sealed-private-key.js';
import type { SigningKeySet, SigningKeyStore } from '../signing/signing-key-store.port.js';

/** How often an instance looks for keys made by others when nobody has told it of any, in ms. */
export const KEY_RELOAD_MS = 5_000;

export interface KeeperSettings {
  /** Fingerprint of what the key bundle says beside the keys. */
  readonly bundleFacts: string;
  /** Longest life of an access token, in seconds. */
  readonly tokenSeconds: number;
}

/** Something to do with each set that was read. */
export type KeyDuty = (set: SigningKeySet) => Promise<void>;

/** Keeps the key ring of this process in step with the database, and sees to it that there are keys at all. */
export class KeyKeeper {
  private timer: NodeJS.Timeout | undefined;
  private stopped = true;
  private announced = false;
  private isHurrying = false;
  private duty: KeyDuty = async () => undefined;
  private running: Promise<SigningKeySet> | undefined;

  /** @param onFailure - told of each failed look; the keys held go on being used */
  constructor(
    private readonly store: SigningKeyStore,
    private readonly ring: KeyRing,
    private readonly publisher: Pick<KeyBundlePublisher, 'publish'>,
    private readonly settings: KeeperSettings,
    private readonly clock: Clock,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  /** Called with each set that a round reads, from the next round on; what it throws is reported and tried again. */
  attend(duty: KeyDuty): void {
    this.duty = duty;
  }

  /**
   * Loads the keys, makes the first ones when there are none, and publishes what changed.
   *
   * @throws {DatabaseUnavailable} when the keys cannot be read. A place of publication that is away is only reported: each
   *   heartbeat tries again.
   */
  async reload(): Promise<SigningKeySet> {
    const before = this.ring.version;
    const set = await this.refresh();
    if (this.ring.version === before) return set;
    try {
      await this.publisher.publish();
    } catch (error) {
      this.onFailure(error);
    }
    return set;
  }

  /**
   * Brings the ring in step, and publishes nothing. Two that ask at the same time do not share an answer: the second may
   * know of a change that the first one's came too early for.
   *
   * @throws {DatabaseUnavailable}
   */
  async refresh(): Promise<SigningKeySet> {
    const turn = (this.running ?? Promise.resolve()).catch(() => undefined).then(() => this.read());
    this.running = turn;
    return turn;
  }

  /** Something has changed: look at once. */
  hurry(newer?: NewerBundle): void {
    if (newer) this.ring.heed(newer);
    // Told again each second while the database is slow: one look that waits is enough.
    if (this.isHurrying) return;
    this.isHurrying = true;
    void this.reload()
      .then(this.duty)
      .catch((error: unknown) => this.onFailure(error))
      .finally(() => {
        this.isHurrying = false;
      });
  }

  /**
   * Reloads now and from then on. Resolves after the first attempt, also when the database was away.
   *
   * @throws {SealBroken} when the key to sign with cannot be opened: waiting would not help, the service has the wrong
   *   master key.
   */
  async start(): Promise<void> {
    this.stopped = false;
    await this.round();
    const unusable = this.ring.keys().find((key) => key.state === 'active' && key.privateKey === undefined);
    if (!unusable) return;
    this.stop();
    throw new SealBroken(unusable.kid);
  }

  stop(): void {
    this.stopped = true;
    clearTimeout(this.timer);
  }

  private async read(): Promise<SigningKeySet> {
    if (!this.announced) await this.store.announce(this.settings.bundleFacts);
    this.announced = true;
    const { tokenSeconds } = this.settings;
    let set = await this.store.load();
    if (set.keys.length === 0) {
      const nowMs = this.clock.nowMs();
      const [active, next] = await Promise.all([
        generateSigningKey('active', nowMs, tokenSeconds),
        generateSigningKey('next', nowMs, tokenSeconds),
      ]);
      set = await this.store.bootstrap(active, next);
    }
    // Before anything is signed for so long: a key must stay published as long as what it signed.
    if (set.keys.some((key) => key.state !== 'retired' && key.tokenSeconds < tokenSeconds)) {
      await this.store.noteTokenLife(tokenSeconds);
    }
    this.ring.replace(set);
    return set;
  }

  private async round(): Promise<void> {
    try {
      await this.duty(await this.reload());
    } catch (error) {
      this.onFailure(error);
    }
    if (this.stopped) return;
    // Without any key nothing can be signed: look more often until there is one.
    const pauseMs = this.ring.isEmpty ? 1_000 : KEY_RELOAD_MS;
    this.timer = setTimeout(() => void this.round(), pauseMs).unref();
  }
}
