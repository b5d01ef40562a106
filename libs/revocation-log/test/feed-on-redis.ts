import { connectRedis, connectRedisSubscriber, parseRedisSettings } from '@gatehouse/redis';
import { eventually } from '@gatehouse/testing';
import { RedisFeedLog } from '../src/redis/index.js';

/** A writer of the feed at `url`, connected and listening; all are closed by {@link closeFeeds}. */
export async function feedOn(url: string): Promise<RedisFeedLog> {
  const { settings } = parseRedisSettings({ REDIS_URL: url });
  if (!settings) throw new Error('no Redis');
  const redis = connectRedis(settings, { name: 'feed-spec' });
  const subscriber = connectRedisSubscriber(settings, { name: 'feed-spec-listener' });
  opened.push(
    () => redis.disconnect(),
    () => subscriber.disconnect(),
  );
  const log = new RedisFeedLog(redis, subscriber);
  await eventually(() => redis.ping());
  await eventually(async () => {
    const [, count] = (await redis.pubsub('NUMSUB', 'token_invalidation')) as [string, number];
    if (count < opened.length / 2) throw new Error('not subscribed yet');
  });
  return log;
}

const opened: (() => void)[] = [];

export function closeFeeds(): void {
  for (const close of opened.splice(0)) close();
}
