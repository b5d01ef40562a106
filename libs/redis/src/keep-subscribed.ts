import type { RedisConnection } from './connect.js';

/** Until a subscription that was refused is asked for again, in ms. */
const ASK_AGAIN_MS = 1_000;

/**
 * Subscribes a connection to a channel: now, and anew each time it comes up, for as long as it is open. While its account
 * may not listen there, that is asked for each second.
 *
 * @param onSubscribed - called each time: what was said on the channel since the connection was lost has been missed. Not when a
 *   connection to a cluster goes on at another node: ioredis does that by itself and says nothing of it.
 */
export function keepSubscribed(
  subscriber: RedisConnection,
  channel: string,
  onSubscribed: () => void = () => undefined,
): void {
  let again: NodeJS.Timeout | undefined;
  const subscribe = async () => {
    clearTimeout(again);
    // Closed for good, or away: then `ready` comes.
    if (subscriber.status !== 'ready') return;
    try {
      await subscriber.subscribe(channel);
    } catch {
      again = setTimeout(() => void subscribe(), ASK_AGAIN_MS).unref();
      return;
    }
    onSubscribed();
  };
  subscriber.on('ready', () => void subscribe());
  void subscribe();
}
