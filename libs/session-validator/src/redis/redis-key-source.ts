import { KEY_BUNDLE_CHANNEL, KEY_BUNDLE_KEY } from '@gatehouse/contracts';
import type { KeySource } from '../core/keys/key-ring.js';
import type { RedisLink } from './redis-link.js';

/** Catches an announcement that was missed, long before the new key is used. */
const READ_INTERVAL_MS = 15_000;

/** The key bundle in Redis: read when a connection comes up, when a new one is announced, and now and then. */
export class RedisKeySource implements KeySource {
  private offer: (document: string) => void = () => undefined;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly link: RedisLink) {}

  start(offer: (document: string) => void): void {
    this.offer = offer;
    this.link.open({
      connected: () => void this.refresh(),
      message: (channel) => {
        if (channel === KEY_BUNDLE_CHANNEL) void this.refresh();
      },
    });
    this.timer = setInterval(() => void this.refresh(), READ_INTERVAL_MS).unref();
  }

  async refresh(): Promise<void> {
    let document: string | null;
    try {
      document = await this.link.ask((redis) => redis.get(KEY_BUNDLE_KEY));
    } catch {
      // The keys in force stay in force; the next connection or interval asks again.
      return;
    }
    // A Redis that lost the bundle says nothing about the keys.
    if (document !== null) this.offer(document);
  }

  /** Stops reading, and ends the connections of its link. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.link.close();
  }
}
