import type { KeySource } from '@gatehouse/session-validator';
import type { KeyBundlePublisher } from '../keys/bundle/key-bundle-publisher.js';

/** Looking costs a comparison; a new bundle appears when keys rotate. */
const LOOK_EVERY_MS = 250;

/** Carries this service's own key bundle into its own validator, without a detour over Redis or HTTP. */
export class OwnKeySource implements KeySource {
  private offer: (document: string) => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly publisher: Pick<KeyBundlePublisher, 'current' | 'latest'>) {}

  start(offer: (document: string) => void): void {
    this.offer = offer;
    this.look();
    this.timer = setInterval(() => this.look(), LOOK_EVERY_MS).unref();
  }

  /** Of a key nobody here has heard of the database may know: another instance has just begun to sign with it. */
  async refresh(): Promise<void> {
    await this.publisher.latest();
    this.look();
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
  }

  private look(): void {
    const bundle = this.publisher.current();
    if (bundle) this.offer(bundle.text);
  }
}
