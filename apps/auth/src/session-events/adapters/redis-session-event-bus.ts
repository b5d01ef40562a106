import { randomUuid } from '@gatehouse/kernel';
import { keepSubscribed, type RedisConnection } from '@gatehouse/redis';
import { asSessionEvent, type SessionEvent } from '../session-event.js';
import { SessionEventBus, type SessionEventListener } from '../session-event-bus.port.js';
import { MemorySessionEventBus } from './memory-session-event-bus.js';

/** For the auth service alone: services that check tokens may neither listen nor speak here. */
export const SESSION_EVENT_CHANNEL = 'session_events';

/**
 * For any number of processes. Whoever is connected to this instance hears of it at once, with Redis or without; the others by a
 * message.
 */
export class RedisSessionEventBus extends SessionEventBus {
  private readonly here = new MemorySessionEventBus();
  private readonly listeners = new Set<SessionEventListener>();
  /** Tells our own messages from those of others. */
  private readonly origin = randomUuid();
  private wasSubscribed = false;

  /** @param subscriber - a connection of which others may listen to other channels */
  constructor(
    private readonly redis: RedisConnection,
    subscriber: RedisConnection,
  ) {
    super();
    subscriber.on('message', (channel: string, text: string) => this.hear(channel, text));
    // While its account may not, what others announce is not heard.
    keepSubscribed(subscriber, SESSION_EVENT_CHANNEL, () => this.subscribed());
  }

  override announce(event: SessionEvent): void {
    this.here.announce(event);
    const text = JSON.stringify({ origin: this.origin, event });
    this.redis.publish(SESSION_EVENT_CHANNEL, text).catch(() => undefined);
  }

  override listen(listener: SessionEventListener): () => void {
    const stop = this.here.listen(listener);
    this.listeners.add(listener);
    return () => {
      stop();
      this.listeners.delete(listener);
    };
  }

  private subscribed(): void {
    // What was said between the two connections is gone.
    if (this.wasSubscribed) for (const listener of this.listeners) listener.missed();
    this.wasSubscribed = true;
  }

  private hear(channel: string, text: string): void {
    if (channel !== SESSION_EVENT_CHANNEL) return;
    const event = this.read(text);
    if (event) this.here.announce(event);
  }

  /** @returns `undefined` for our own, which were heard already, and for what is none. */
  private read(text: string): SessionEvent | undefined {
    try {
      const raw = JSON.parse(text) as { readonly origin?: unknown; readonly event?: unknown } | null;
      return raw?.origin === this.origin ? undefined : asSessionEvent(raw?.event);
    } catch {
      return undefined;
    }
  }
}
