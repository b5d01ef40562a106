import { FEED_NOTICE_CHANNEL } from '@gatehouse/contracts';
import type { RedisConnection } from '@gatehouse/redis';
import { Cluster } from 'ioredis';

/**
 * Connections that hear notices of ended sessions: one for each service with a validator on this Redis, and one for each auth
 * instance. A node of a cluster counts its own, so they are added up.
 */
export async function countFeedSubscribers(redis: RedisConnection): Promise<number> {
  const servers = redis instanceof Cluster ? redis.nodes('all') : [redis];
  const replies = await Promise.all(servers.map((server) => server.pubsub('NUMSUB', FEED_NOTICE_CHANNEL)));
  return replies.reduce<number>((sum, [, count]) => sum + Number(count ?? 0), 0);
}
