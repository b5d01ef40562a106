import { once } from 'node:events';
import { ConfigError } from '@gatehouse/config';
import { FallbackRateLimiter } from '@gatehouse/rate-limit/fallback';
import { MemoryRateLimiter, MonotonicClock } from '@gatehouse/rate-limit/memory';
import { RedisRateLimiter } from '@gatehouse/rate-limit/redis';
import {
  checkEvictionPolicy,
  connectRedis,
  connectRedisSubscriber,
  redisPool,
  registerRedisFigures,
  type RedisConnection,
  type RedisSettings,
} from '@gatehouse/redis';
import { RedisFeedLog } from '@gatehouse/revocation-log/redis';
import { RedisSessionStore } from '@gatehouse/session-store/redis';
import { type DatabaseSettings, openDatabase, registerDatabaseFigures } from '@gatehouse/sql';
import { RedisActivityInbox } from '../activity/adapters/redis-activity-inbox.js';
import { RedisIdempotencyStore } from '../idempotency/adapters/redis-idempotency-store.js';
import { RedisKeyBundleOutlet } from '../keys/adapters/redis-key-bundle-outlet.js';
import { RedisReceiptBoard } from '../receipts/adapters/redis-receipt-board.js';
import { countFeedSubscribers } from '../revocations/adapters/count-feed-subscribers.js';
import { RedisSessionEventBus } from '../session-events/adapters/redis-session-event-bus.js';
import { authSchema } from './auth-schema.js';
import type { StoreNeeds, Stores } from './stores.js';
import { wireSessionLedger } from './wire-session-ledger.js';

/** How long a start waits for Redis and for the database; it then goes on without, and takes them up when they come. */
const START_PATIENCE_MS = 3_000;

/** Any number of processes: MySQL and Redis. Neither has to be there at the start. */
export async function sharedStores(
  redisSettings: RedisSettings,
  databaseSettings: DatabaseSettings,
  { clock, logger, metrics, trustAnchors, sessionSeals, ledger: settings }: StoreNeeds,
): Promise<Stores> {
  const outageListeners: (() => void)[] = [];
  const redis = connectRedis(redisSettings, {
    name: 'gatehouse-auth',
    onStatus: (status, error) => {
      if (status === 'up') return logger.info('Redis is there');
      logger.warn('Redis is away', { error });
      for (const listener of outageListeners) listener();
    },
  });
  const subscriber = connectRedisSubscriber(redisSettings, { name: 'gatehouse-auth-feed' });
  const database = await openDatabase(databaseSettings, {
    ...authSchema,
    onStatus: (status, error) => {
      if (status === 'up') logger.info('the database is there');
      else logger.warn('the database is away', { error });
    },
  });
  const wired = wireSessionLedger({
    dataSource: database.dataSource,
    clock,
    logger,
    settings,
    live: (witness) => new RedisSessionStore(redis, witness, undefined, sessionSeals),
  });
  outageListeners.push(() => wired.sessions.noteOutage());
  const close = async () => {
    await wired.close();
    redis.disconnect();
    subscriber.disconnect();
    await database.close();
  };
  try {
    await Promise.all([waitFor(redis), database.ready(START_PATIENCE_MS).catch(() => undefined)]);
    await refuseForgetful(redis, logger.warn);
  } catch (error) {
    await close();
    throw error;
  }
  registerRedisFigures(metrics, redis);
  registerDatabaseFigures(metrics, database);
  metrics.gauge({ name: 'auth_feed_subscribers', help: 'Connections that hear of ended sessions at once' }, () =>
    countFeedSubscribers(redis),
  );
  const limitClock = new MonotonicClock();
  const ownLimiter = new MemoryRateLimiter(limitClock);
  return {
    database,
    sessions: wired.sessions,
    sessionLedger: wired.ledger,
    sessionLedgerStatus: wired.status,
    feedLog: new RedisFeedLog(redis, subscriber),
    receipts: new RedisReceiptBoard(redis, clock),
    activity: new RedisActivityInbox(redis),
    sessionEvents: new RedisSessionEventBus(redis, subscriber),
    idempotency: new RedisIdempotencyStore(redis),
    limiter: new FallbackRateLimiter(new RedisRateLimiter(redis), ownLimiter, limitClock, {
      onStatus: (status) => logger.warn(status === 'own' ? 'limits count per instance' : 'limits count together again'),
    }),
    keyBundleOutlets: trustAnchors.length > 0 ? [new RedisKeyBundleOutlet(redis, trustAnchors)] : [],
    redisFacts: () => ({ connected: redis.status === 'ready', pool: redisPool(redis) }),
    onFeedOutage: (listener) => outageListeners.push(listener),
    close,
  };
}

async function waitFor(redis: RedisConnection): Promise<void> {
  if (redis.status === 'ready') return;
  await once(redis, 'ready', { signal: AbortSignal.timeout(START_PATIENCE_MS) }).catch(() => undefined);
}

/** A Redis that evicts would forget revocations under memory pressure, and signed-out tokens would work again. */
async function refuseForgetful(redis: RedisConnection, warn: (message: string) => void): Promise<void> {
  const verdict = await checkEvictionPolicy(redis);
  if (verdict.kind === 'unsafe') {
    throw new ConfigError([`Redis must have maxmemory-policy noeviction; it has ${verdict.policy}`]);
  }
  if (verdict.kind === 'unknown') warn('could not ask Redis for its maxmemory-policy; it must be noeviction');
}
