import type { Environment } from '@gatehouse/config';
import type { RedisSettings } from '@gatehouse/redis';
import { configFromEnvironment, type SessionValidatorConfig } from '@gatehouse/session-validator';
import {
  databaseOf,
  isFaults,
  LONGEST_ACCESS_TOKEN_SECONDS,
  readSettings,
  redisOf,
  type Settings,
} from '../environment/settings.js';
import { checkAuth } from './adapters/auth.check.js';
import { checkDatabase } from './adapters/database.check.js';
import { checkFeed } from './adapters/feed.check.js';
import { checkKeys } from './adapters/keys.check.js';
import { checkMemory } from './adapters/redis-memory.check.js';
import { checkPersistence } from './adapters/redis-persistence.check.js';
import { checkRights, type NeededRights } from './adapters/redis-rights.check.js';
import { checkProtection, checkRedisClock, checkReplicas, checkVersion } from './adapters/redis-server.check.js';
import { isReached, reachRedis, type ReachedRedis } from './adapters/redis-under-test.js';
import { checkNotices, checkWriteRead } from './adapters/write-read.check.js';
import { examine } from './examine.js';
import { diagnose, found, type Diagnosis, type Examined, type Finding } from './finding.js';
import { checkLifetimes } from './lifetimes.check.js';
import { checkProxies } from './proxies.check.js';

/** Looks at a set-up from where a service stands: with its environment, over its network, as its user. */
export class Doctor {
  constructor(private readonly env: Environment) {}

  /** Within five seconds. Leaves nothing behind but keys that are gone after ten. */
  async run(): Promise<Diagnosis> {
    const settings = readSettings(this.env);
    if (isFaults(settings)) {
      return diagnose([
        { check: 'settings', findings: settings.map((fault) => found('CONFIG_INVALID', 'environment', fault)) },
      ]);
    }
    const database = databaseOf(settings).settings;
    const examined = await Promise.all([
      examine('lifetimes', () => checkLifetimes(settings)),
      examine('trusted proxies', () => checkProxies(settings, database !== undefined)),
      database ? examine('database', () => checkDatabase(database)) : [],
      this.lookAtServers(settings, configFromEnvironment(this.env), database !== undefined),
    ]);
    return diagnose(examined.flat());
  }

  private async lookAtServers(
    settings: Settings,
    config: SessionValidatorConfig,
    isAuth: boolean,
  ): Promise<Examined[]> {
    const place = redisOf(settings).settings;
    const { authUrl } = config;
    const tolerance = settings.CLOCK_TOLERANCE_SECONDS;
    if (!place && authUrl === undefined) {
      return [{ check: 'feed', findings: [found('NOTHING_CONFIGURED', 'environment')] }];
    }
    const auth =
      authUrl === undefined ? [] : [examine('auth service', () => checkAuth(authUrl, place !== undefined, tolerance))];
    const reached = place && (await reachRedis(place));
    if (reached && !isReached(reached)) {
      const findings = [
        found(reached.code, 'Redis', reached.cause),
        ...(place ? checkProtection(place).filter(isFinding) : []),
      ];
      return [{ check: 'Redis', findings }, ...(await Promise.all(auth))];
    }
    try {
      const all = await Promise.all([
        ...auth,
        ...(place && reached
          ? lookAtRedis(
              place,
              reached,
              { isAuth, receipts: settings.RECEIPTS_ENABLED, activity: settings.ACTIVITY_ENABLED },
              tolerance,
            )
          : []),
        this.lookAtKeysAndFeed(settings, config, reached, isAuth),
      ]);
      return all.flat();
    } finally {
      reached?.close();
    }
  }

  /** In this order: how long the feed must keep a record is in the bundle. */
  private async lookAtKeysAndFeed(
    settings: Settings,
    config: SessionValidatorConfig,
    redis: ReachedRedis | undefined,
    isAuth: boolean,
  ): Promise<Examined[]> {
    let bundled: number | undefined;
    const own = settings.ACCESS_TOKEN_EXPIRY;
    // The auth service holds the private root key and needs no anchor.
    const hasKeys = [config.trustAnchor, config.jwksUri, config.jwtSecret].some((one) => one !== undefined);
    const keys = await examine('keys', async () => {
      if (isAuth && !hasKeys) return [];
      const report = await checkKeys(config, redis?.connection, settings.CLOCK_TOLERANCE_SECONDS);
      bundled = report.maxTokenSeconds;
      const differs = own !== undefined && bundled !== undefined && own !== bundled;
      return [...report.findings, differs ? found('TOKEN_LIFE_DIFFERS', 'ACCESS_TOKEN_EXPIRY') : undefined];
    });
    if (!redis) return [keys];
    const life = Math.min(bundled ?? own ?? 900, LONGEST_ACCESS_TOKEN_SECONDS);
    return [keys, await examine('feed', () => checkFeed(redis.connection, life))];
  }
}

function lookAtRedis(
  place: RedisSettings,
  reached: ReachedRedis,
  rights: NeededRights,
  tolerance: number,
): Promise<Examined>[] {
  const { nodes, connection } = reached;
  const protection = checkProtection(place);
  const isLocal = protection.every((one) => one === undefined || one.code === 'REDIS_OPEN_ON_LOOPBACK');
  const onEach = async (look: (node: (typeof nodes)[number]) => unknown) =>
    (await Promise.all(nodes.map(look))).flat() as (Finding | undefined)[];
  return [
    examine('Redis version', () => onEach(checkVersion)),
    examine('Redis memory and eviction', () => onEach(checkMemory)),
    examine('Redis persistence', () => onEach(checkPersistence)),
    examine('Redis replicas', () => checkReplicas(nodes, isLocal)),
    examine('Redis access', () => protection),
    examine('Redis rights', () => checkRights(place, connection, rights)),
    examine('Redis clock', () => onEach((node) => checkRedisClock(node, tolerance))),
    examine('written here, read there', () => checkWriteRead(place, reached)),
    examine('notices', () => checkNotices(place, connection)),
  ];
}

function isFinding(one: Finding | undefined): one is Finding {
  return one !== undefined;
}
