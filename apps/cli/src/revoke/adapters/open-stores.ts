import { KEY_BUNDLE_KEY } from '@gatehouse/contracts';
import { SystemClock } from '@gatehouse/kernel';
import { connectRedis, connectRedisSubscriber, type RedisConnection, type RedisSettings } from '@gatehouse/redis';
import type { FeedLog, RevocationOutbox } from '@gatehouse/revocation-log';
import { RedisFeedLog } from '@gatehouse/revocation-log/redis';
import { revocationEntity, SqlRevocationOutbox } from '@gatehouse/revocation-log/sql';
import type { SessionStore } from '@gatehouse/session-store';
import { RedisSessionStore } from '@gatehouse/session-store/redis';
import { openDatabase, type DatabaseSettings } from '@gatehouse/sql';
import type { EntitySchema } from 'typeorm';
import { LONGEST_ACCESS_TOKEN_SECONDS } from '../../environment/settings.js';
import { isUp } from '../../environment/wait-until-up.js';
import { AbsentLog, AbsentOutbox } from '../absent-stores.js';

const PATIENCE_MS = 1_500;

export interface RevocationStores {
  readonly outbox: RevocationOutbox;
  readonly log: FeedLog;
  /** `undefined` without Redis. */
  readonly sessions: SessionStore | undefined;
  readonly isRedisUp: boolean;
  readonly isDatabaseUp: boolean;
  /** What the key bundle in Redis says, in seconds; `undefined` when there is none to read. */
  readonly bundledTokenSeconds: number | undefined;
  close(): void;
}

/** Opens what is named and waits a moment for it; what does not come up counts as away. */
export async function openStores(
  redisSettings: RedisSettings | undefined,
  databaseSettings: DatabaseSettings | undefined,
): Promise<RevocationStores> {
  const [redis, database] = await Promise.all([
    redisSettings && openRedis(redisSettings),
    databaseSettings && openOutbox(databaseSettings),
  ]);
  return {
    outbox: database?.outbox ?? new AbsentOutbox(),
    log: redis?.log ?? new AbsentLog(),
    sessions: redis?.sessions,
    isRedisUp: redis?.up ?? false,
    isDatabaseUp: database?.up ?? false,
    bundledTokenSeconds: redis?.bundledTokenSeconds,
    close: () => {
      redis?.close();
      database?.close();
    },
  };
}

async function openRedis(settings: RedisSettings) {
  const redis = connectRedis(settings, { name: 'gatehouse-cli' });
  const subscriber = connectRedisSubscriber(settings, { name: 'gatehouse-cli-feed' });
  const up = await isUp(redis, PATIENCE_MS);
  return {
    up,
    log: new RedisFeedLog(redis, subscriber),
    sessions: new RedisSessionStore(redis),
    bundledTokenSeconds: up ? await bundledTokenSeconds(redis) : undefined,
    close: () => {
      redis.disconnect();
      subscriber.disconnect();
    },
  };
}

async function openOutbox(settings: DatabaseSettings) {
  const database = await openDatabase(settings, {
    entities: (dialect) => [revocationEntity(dialect)] as unknown as EntitySchema<never>[],
    // The tables are the auth service's to make.
    migrations: [],
    poolSize: 1,
  });
  const up = await database.ready(PATIENCE_MS).then(
    () => true,
    () => false,
  );
  return {
    up,
    outbox: new SqlRevocationOutbox(database.dataSource, new SystemClock()),
    close: () => void database.close().catch(() => undefined),
  };
}

/** Read without verifying: it can only make an entry live longer, and only up to the longest there is. */
async function bundledTokenSeconds(redis: RedisConnection): Promise<number | undefined> {
  try {
    const payload = (await redis.get(KEY_BUNDLE_KEY))?.split('.')[1] ?? '';
    const { max_token_seconds: seconds } = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as {
      max_token_seconds?: unknown;
    };
    return Number.isSafeInteger(seconds) ? Math.min(seconds as number, LONGEST_ACCESS_TOKEN_SECONDS) : undefined;
  } catch {
    return undefined;
  }
}
