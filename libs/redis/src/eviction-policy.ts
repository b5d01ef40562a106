import type { RedisConnection } from './connect.js';

export type EvictionVerdict =
  | { readonly kind: 'safe' }
  /** Under memory pressure Redis would drop revocations and sessions: signed-out tokens would work again. */
  | { readonly kind: 'unsafe'; readonly policy: string }
  /** The server would not say, for example because its ACL denies `CONFIG`. */
  | { readonly kind: 'unknown' };

/**
 * Whether Redis keeps what it is given: `maxmemory-policy` must be `noeviction`. The `volatile-*` policies are as unsafe as
 * the `allkeys-*` ones, since everything we store carries a time to live.
 */
export async function checkEvictionPolicy(redis: RedisConnection): Promise<EvictionVerdict> {
  let reply: unknown;
  try {
    reply = await redis.config('GET', 'maxmemory-policy');
  } catch {
    return { kind: 'unknown' };
  }
  const policy: unknown = Array.isArray(reply) ? reply[1] : undefined;
  if (typeof policy !== 'string') return { kind: 'unknown' };
  return policy === 'noeviction' ? { kind: 'safe' } : { kind: 'unsafe', policy };
}
