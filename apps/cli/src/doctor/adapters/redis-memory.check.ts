import { found, type Finding } from '../finding.js';
import { configOf, type RedisNode } from './redis-under-test.js';

const HIGH_SHARE = 0.7;

/** Does Redis keep what it is given, when memory runs out? */
export async function checkMemory({ label, redis, info }: RedisNode): Promise<(Finding | undefined)[]> {
  // INFO tells the policy too, for servers whose ACL or owner denies CONFIG.
  const policy = (await configOf(redis, 'maxmemory-policy')) ?? info.get('maxmemory_policy');
  const [limit, used] = [Number(info.get('maxmemory') ?? Number.NaN), Number(info.get('used_memory') ?? Number.NaN)];
  const evicted = Number(info.get('evicted_keys') ?? 0);
  return [
    policy === undefined ? found('REDIS_EVICTION_UNKNOWN', label) : undefined,
    policy !== undefined && policy !== 'noeviction'
      ? found('REDIS_EVICTS', label, `maxmemory-policy is ${policy}`)
      : undefined,
    evicted > 0 ? found('REDIS_HAS_EVICTED', label, `${evicted} keys since its start`) : undefined,
    limit === 0 ? found('REDIS_MEMORY_UNBOUNDED', label) : undefined,
    limit > 0 && used / limit > HIGH_SHARE
      ? found('REDIS_MEMORY_HIGH', label, `${Math.round((used / limit) * 100)} % used`)
      : undefined,
  ];
}
