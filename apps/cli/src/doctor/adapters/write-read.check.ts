import { FEED_NOTICE_CHANNEL, FEED_STREAM_KEY } from '@gatehouse/contracts';
import { randomHex } from '@gatehouse/kernel';
import { connectRedis, connectRedisSubscriber, type RedisConnection, type RedisSettings } from '@gatehouse/redis';
import { Cluster, type Redis } from 'ioredis';
import { isUp } from '../../environment/wait-until-up.js';
import { found, type Finding } from '../finding.js';
import { infoOf, isDenied, type ReachedRedis } from './redis-under-test.js';

/** A load balancer in front of independent servers gives itself away within so many connections, almost surely. */
const FRESH_CONNECTIONS = 8;
const UP_WITHIN_MS = 1500;
const ARRIVE_WITHIN_MS = 1500;
const KEPT_MS = 10_000;

/**
 * Writes a key where the auth service writes, and looks for it where services read: on fresh connections to the same
 * address, and on every replica a failover could turn to.
 */
export async function checkWriteRead(settings: RedisSettings, reached: ReachedRedis): Promise<(Finding | undefined)[]> {
  // On the slot of the stream, so that in a cluster it takes the stream's way.
  const key = `{${FEED_STREAM_KEY}}:doctor:${randomHex(8)}`;
  const value = randomHex(8);
  try {
    await reached.connection.set(key, value, 'PX', KEPT_MS);
  } catch (error) {
    if (isDenied(error)) return [found('REDIS_WRITE_UNTRIED', 'Redis')];
    if (error instanceof Error && error.message.startsWith('READONLY')) return [found('REDIS_IS_REPLICA', 'Redis')];
    throw error;
  }
  const [fresh, replicas] = await Promise.all([
    settings.kind === 'cluster' ? [] : lookAgain(settings, reached, key, value),
    lookAtReplicas(settings, reached, key, value),
  ]);
  await reached.connection.del(key).catch(() => undefined);
  return [...fresh, ...replicas];
}

async function lookAgain(
  settings: RedisSettings,
  reached: ReachedRedis,
  key: string,
  value: string,
): Promise<(Finding | undefined)[]> {
  const seen = await Promise.all(
    Array.from({ length: FRESH_CONNECTIONS }, async () => {
      const redis = connectRedis(settings, { name: 'gatehouse-doctor-again' }) as Redis;
      try {
        if (!(await isUp(redis, UP_WITHIN_MS))) return undefined;
        const [found, info] = await Promise.all([redis.get(key), infoOf(redis)]);
        return { hasIt: found === value, run: info.get('run_id') };
      } finally {
        redis.disconnect();
      }
    }),
  );
  const answered = seen.filter((one) => one !== undefined);
  const runs = new Set([reached.nodes[0]?.info.get('run_id'), ...answered.map(({ run }) => run)]);
  runs.delete(undefined);
  const missing = answered.filter(({ hasIt }) => !hasIt).length;
  if (missing === 0) return [];
  return runs.size > 1
    ? [
        found(
          'REDIS_SPLIT_SERVERS',
          'Redis',
          `${runs.size} servers behind one address; ${missing} of ${answered.length} reads missed`,
        ),
      ]
    : [found('REDIS_WRITE_UNREAD', 'Redis', `${missing} of ${answered.length} reads missed`)];
}

async function lookAtReplicas(
  settings: RedisSettings,
  { connection, nodes }: ReachedRedis,
  key: string,
  value: string,
): Promise<(Finding | undefined)[]> {
  if (connection instanceof Cluster) {
    const replicas = connection.nodes('slave');
    return Promise.all(replicas.map((redis, n) => replicaHas(redis, `replica ${n + 1}`, key, value, true)));
  }
  const named = [...(nodes[0]?.info ?? [])].flatMap(([field, text]) => {
    const [, ip, port] = /^slave\d+$/.test(field) ? (/ip=([^,]+),port=(\d+)/.exec(text) ?? []) : [];
    return ip && port ? [{ host: ip, port: Number(port) }] : [];
  });
  return Promise.all(
    named.map(async ({ host, port }, n) => {
      const place: RedisSettings = {
        kind: 'standalone',
        host,
        port,
        common: { ...settings.common, db: settings.common.db },
      };
      const redis = connectRedis(place, { name: 'gatehouse-doctor-replica' }) as Redis;
      try {
        if (!(await isUp(redis, UP_WITHIN_MS))) return found('REDIS_REPLICA_UNSEEN', `replica ${n + 1}`);
        return await replicaHas(redis, `replica ${n + 1}`, key, value, false);
      } finally {
        redis.disconnect();
      }
    }),
  );
}

async function replicaHas(
  redis: Redis,
  label: string,
  key: string,
  value: string,
  isCluster: boolean,
): Promise<Finding | undefined> {
  try {
    if (isCluster) await redis.readonly();
    const endMs = performance.now() + ARRIVE_WITHIN_MS;
    do {
      if ((await redis.get(key)) === value) return undefined;
      await new Promise((resolve) => setTimeout(resolve, 20));
    } while (performance.now() < endMs);
    return found('REDIS_REPLICA_LAGS', label, `not there after ${ARRIVE_WITHIN_MS} ms`);
  } catch (error) {
    // It serves other slots than the stream's.
    if (error instanceof Error && error.message.startsWith('MOVED')) return undefined;
    return found('REDIS_REPLICA_UNSEEN', label);
  }
}

/** Says something on a channel of its own, and listens where services listen. */
export async function checkNotices(settings: RedisSettings, writer: RedisConnection): Promise<(Finding | undefined)[]> {
  const channel = `${FEED_NOTICE_CHANNEL}:doctor:${randomHex(8)}`;
  const ear = connectRedisSubscriber(settings, { name: 'gatehouse-doctor-ear' });
  try {
    if (!(await isUp(ear, UP_WITHIN_MS))) return [found('REDIS_NOTICE_UNHEARD', 'Redis', 'could not listen')];
    const heard = new Promise<boolean>((resolve) => {
      ear.on('message', () => resolve(true));
      setTimeout(() => resolve(false), ARRIVE_WITHIN_MS).unref();
    });
    try {
      await ear.subscribe(channel);
      await writer.publish(channel, 'heard?');
    } catch (error) {
      if (isDenied(error)) return [found('REDIS_NOTICE_UNTRIED', 'Redis')];
      throw error;
    }
    return [(await heard) ? undefined : found('REDIS_NOTICE_UNHEARD', 'Redis')];
  } finally {
    ear.disconnect();
  }
}
