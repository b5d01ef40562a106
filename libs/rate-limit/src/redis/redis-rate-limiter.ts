import { createHash } from 'node:crypto';
import { orStoreUnavailable, type RedisConnection } from '@gatehouse/redis';
import { checkLimits, type GrowingDelay, type Limit, type LimitReading, type Verdict, verdictOf } from '../limit.js';
import { RateLimiter } from '../rate-limiter.port.js';
import { keyNames, takeScript, type TakenLimit } from './scripts/take.script.js';
import { withdraw } from './scripts/withdraw.script.js';

/**
 * Limits that hold over all instances. Key names are hashes under the hash of their group: what is limited by may be an
 * e-mail address. Every key ends by itself once it says nothing any more.
 */
export class RedisRateLimiter extends RateLimiter {
  /** @param prefix - first part of its keys; whoever shares it shares the counts */
  constructor(
    private readonly redis: RedisConnection,
    private readonly prefix = 'limit',
  ) {
    super();
  }

  override async take(group: string, limits: readonly Limit[]): Promise<Verdict> {
    checkLimits(limits);
    if (limits.length === 0) return verdictOf(Date.now(), [], []);
    const names = keyNames(limits.length);
    const keys = Object.fromEntries(limits.map((limit, index) => [names[index], this.keyOf(group, limit)]));
    const asked = JSON.stringify(limits.map(({ policy: _policy, key: _key, ...figures }) => figures));
    const { atMs, limits: taken } = await takeScript(limits.length).run(this.redis, keys, { limits: asked });
    const verdict = verdictOf(
      atMs,
      limits.map((limit, index) => readingOf(limit, taken[index])),
      taken.map(([, , , , mark]) => mark),
    );
    return verdict.admitted ? verdict : { ...verdict, marks: [] };
  }

  override async withdraw(group: string, delay: GrowingDelay, mark: string): Promise<void> {
    await withdraw.run(this.redis, { delay: this.keyOf(group, delay) }, { mark, forgetMs: delay.forgetMs });
  }

  override async forgive(group: string, delay: GrowingDelay): Promise<void> {
    await orStoreUnavailable(() => this.redis.del(this.keyOf(group, delay)));
  }

  /** The group is the hash tag: what is limited together lies on one cluster slot. */
  private keyOf(group: string, { kind, policy, key }: Limit): string {
    return `${this.prefix}:{${hash(group)}}:${hash(JSON.stringify([kind, policy, key]))}`;
  }
}

function readingOf(limit: Limit, taken: TakenLimit | undefined): LimitReading {
  if (!taken) throw new Error('Redis told of fewer limits than it was asked for');
  const [remaining, resetMs, waitMs, windowMs] = taken;
  return {
    policy: limit.policy,
    limit: limit.kind === 'growing-delay' ? 1 : limit.limit,
    windowMs,
    remaining,
    resetMs,
    waitMs,
  };
}

const hash = (text: string) => createHash('sha256').update(text).digest('base64url');
