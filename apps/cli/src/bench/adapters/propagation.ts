import { REVOCATION_MARGIN_SECONDS } from '@gatehouse/contracts';
import { randomHex, randomUuid } from '@gatehouse/kernel';
import { connectRedis, connectRedisSubscriber, keepSubscribed, type RedisSettings } from '@gatehouse/redis';
import { RedisFeedLog } from '@gatehouse/revocation-log/redis';
import type { SessionValidator } from '@gatehouse/session-validator';
import { LONGEST_ACCESS_TOKEN_SECONDS } from '../../environment/settings.js';
import { isUp } from '../../environment/wait-until-up.js';
import { keepMs } from '../../revoke/lifetimes.js';

const UP_WITHIN_MS = 1_500;
const HEARD_WITHIN_MS = 1_000;
const PAUSE_MS = 5;

export interface Propagation {
  /** From the beginning of the write to its enforcement here, in ms, one for each. */
  readonly revocationMs: readonly number[];
  /** The same way for a bare message: published, and heard. */
  readonly messageMs: readonly number[];
}

/**
 * Writes revocations of tokens that do not exist into the feed, and times them to a validator in this process; in turns
 * with bare messages over the same server. `undefined` where the log is empty or does not answer: nothing is begun there.
 */
export async function measurePropagation(
  settings: RedisSettings,
  follower: SessionValidator,
  budgetMs: number,
): Promise<Propagation | undefined> {
  const redis = connectRedis(settings, { name: 'gatehouse-cli-bench' });
  const subscriber = connectRedisSubscriber(settings, { name: 'gatehouse-cli-bench-feed' });
  try {
    if (!(await isUp(redis, UP_WITHIN_MS)) || !(await isUp(subscriber, UP_WITHIN_MS))) return undefined;
    const log = new RedisFeedLog(redis, subscriber);
    const epoch = await log.currentEpoch();
    if (epoch === undefined) return undefined;
    const channel = `gatehouse-bench:${randomHex(8)}`;
    await subscriber.subscribe(channel);
    // A loss in the middle is to cost the messages of that moment, not all that follow.
    keepSubscribed(subscriber, channel);
    const ears = new Ears();
    follower.onRevoked(({ id }) => ears.hear(id));
    subscriber.on('message', (from: string, text: string) => {
      if (from === channel) ears.hear(text);
    });
    const revoke = async (id: string) => {
      const untilMs = Date.now() + REVOCATION_MARGIN_SECONDS * 1000;
      const entry = { id, scope: 'jti', value: id, cutoff: 0, untilMs, reason: 'admin' } as const;
      await log.append(epoch, [entry], keepMs(LONGEST_ACCESS_TOKEN_SECONDS));
    };
    const say = async (id: string) => void (await redis.publish(channel, id));

    const [revocationMs, messageMs]: [number[], number[]] = [[], []];
    const endMs = performance.now() + budgetMs;
    while (performance.now() < endMs) {
      revocationMs.push(await ears.time(revoke));
      messageMs.push(await ears.time(say), await ears.time(say));
      revocationMs.push(await ears.time(revoke));
    }
    return { revocationMs, messageMs };
  } finally {
    redis.disconnect();
    subscriber.disconnect();
  }
}

class Ears {
  private readonly waiting = new Map<string, () => void>();

  hear(id: string): void {
    this.waiting.get(id)?.();
  }

  /** In ms, from sending to hearing; {@link HEARD_WITHIN_MS} for what was never heard. */
  async time(send: (id: string) => Promise<void>): Promise<number> {
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    const id = randomUuid();
    const startedMs = performance.now();
    const heard = new Promise<void>((resolve) => {
      this.waiting.set(id, resolve);
      setTimeout(resolve, HEARD_WITHIN_MS).unref();
    });
    await send(id);
    await heard;
    this.waiting.delete(id);
    return performance.now() - startedMs;
  }
}
