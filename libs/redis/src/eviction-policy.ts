import { Cluster, type Redis } from 'ioredis';
import type { RedisConnection } from './connect.js';

export type EvictionVerdict =
  | { readonly kind: 'safe' }
  /** Under memory pressure Redis would drop revocations and sessions: signed-out tokens would work again. */
  | { readonly kind: 'unsafe'; readonly policy: string }
  /** A server would not say, for example because its ACL denies `INFO`, or is away. Warn: it may be either. */
  | { readonly kind: 'unknown' };

/**
 * Whether Redis keeps what it is given: `maxmemory-policy` must be `noeviction`, on every node of a cluster. The
 * `volatile-*` policies are as unsafe as the `allkeys-*` ones, since everything we store carries a time to live.
 */
export async function checkEvictionPolicy(redis: RedisConnection): Promise<EvictionVerdict> {
  const servers = redis instanceof Cluster ? redis.nodes('all') : [redis];
  const verdicts = await Promise.all(servers.map(verdictOn));
  return (
    verdicts.find(({ kind }) => kind === 'unsafe') ??
    verdicts.find(({ kind }) => kind === 'unknown') ??
    (verdicts.length > 0 ? { kind: 'safe' } : { kind: 'unknown' })
  );
}

/** From `INFO`, which every account of ours may ask for. `CONFIG GET` would tell whoever may use it the passwords of replicas, too. */
async function verdictOn(redis: Redis): Promise<EvictionVerdict> {
  let info: string;
  try {
    info = await redis.info('memory');
  } catch {
    return { kind: 'unknown' };
  }
  const [, policy] = /^maxmemory_policy:(\S+)/m.exec(info) ?? [];
  if (policy === undefined) return { kind: 'unknown' };
  return policy === 'noeviction' ? { kind: 'safe' } : { kind: 'unsafe', policy };
}
