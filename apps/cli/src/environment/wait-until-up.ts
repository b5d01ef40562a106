import type { RedisConnection } from '@gatehouse/redis';
import { once } from 'node:events';

const isReady = ({ status }: RedisConnection): boolean => status === 'ready';

/** Whether the connection came up in time. */
export async function isUp(redis: RedisConnection, withinMs: number): Promise<boolean> {
  if (!isReady(redis)) await once(redis, 'ready', { signal: AbortSignal.timeout(withinMs) }).catch(() => undefined);
  return isReady(redis);
}
