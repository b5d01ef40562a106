import type { Logger } from '@gatehouse/observability';
import { checkEvictionPolicy, type RedisConnection } from '@gatehouse/redis';

/** Says, each time Redis comes up, whether it would end sessions when it wants memory. Stops nothing: sessions are not the truth. */
export function warnOfEviction(redis: RedisConnection, logger: Logger): void {
  const check = async () => {
    const verdict = await checkEvictionPolicy(redis);
    if (verdict.kind === 'safe') return;
    if (verdict.kind === 'unknown') logger.info('Redis does not say what it does when it runs out of memory');
    else logger.warn('Redis may drop sessions: set maxmemory-policy to noeviction', { policy: verdict.policy });
  };
  redis.on('ready', () => void check());
  if (redis.status === 'ready') void check();
}
