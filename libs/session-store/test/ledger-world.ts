import { SystemClock } from '@gatehouse/kernel';
import { connectRedis, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import type { Database } from '@gatehouse/sql';
import { eventually, type MysqlServer, type RedisServer, startMysql, startRedis } from '@gatehouse/testing';
import { LedgeredSessionStore, LedgerWriter, type LedgerWriterSettings } from '../src/ledger/index.js';
import { RedisSessionStore, SessionSeals } from '../src/redis/index.js';
import type { NewSession } from '../src/session.js';
import type { RefreshMove } from '../src/session-store.port.js';
import { SqlSessionLedger } from '../src/sql/index.js';
import { aMove } from '../src/testing/index.js';
import { openLedgerDatabase } from '../src/testing/ledger-database.js';

const seals = new SessionSeals(Buffer.alloc(32, 'the master key of this world'));

/** One process of the service, as far as sessions go. */
export interface Instance {
  readonly store: LedgeredSessionStore;
  readonly writer: LedgerWriter;
  readonly ledger: SqlSessionLedger;
  /** The same sessions in Redis, by somebody who tells the ledger nothing. */
  readonly silent: RedisSessionStore;
  close(): Promise<void>;
}

/** Servers that may be harmed, and processes on them. */
export class LedgerWorld {
  private readonly databases: Database[] = [];
  private readonly connections: RedisConnection[] = [];
  private databaseUrl = '';

  private constructor(
    readonly redis: RedisServer,
    readonly mysql: MysqlServer,
  ) {}

  static async start(): Promise<LedgerWorld> {
    const [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
    const world = new LedgerWorld(redis, mysql);
    world.databaseUrl = (await mysql.createDatabase()).url;
    return world;
  }

  async instance(settings: LedgerWriterSettings & { rotationWaitMs?: number } = {}): Promise<Instance> {
    const database = await openLedgerDatabase(this.databaseUrl);
    this.databases.push(database);
    const clock = new SystemClock();
    const ledger = new SqlSessionLedger(database.dataSource, clock, { keepPastMs: 30 * 86_400_000 });
    const writer = new LedgerWriter(ledger, clock, { retryMs: 50, ...settings });
    const outages: (() => void)[] = [];
    const redis = connectRedis(parseRedisSettings({ REDIS_URL: this.redis.url }).settings!, {
      name: 'ledger-world',
      onStatus: (status) => status === 'down' && outages.forEach((tell) => tell()),
    });
    this.connections.push(redis);
    await eventually(() => redis.get('x'));
    // Generous, for a busy machine: what is tested is what is waited for, not how long.
    const { rotationWaitMs = 5_000 } = settings;
    const store = new LedgeredSessionStore(new RedisSessionStore(redis, writer, undefined, seals), ledger, writer, {
      rotationWaitMs,
      endWaitMs: 5_000,
    });
    outages.push(() => store.noteOutage());
    return {
      store,
      writer,
      ledger,
      silent: new RedisSessionStore(redis, undefined, 0, seals),
      close: () => writer.stop(5_000),
    };
  }

  /** All of a user's keys, to be put back later: what a failover to a replica that lags comes down to. */
  async remember(userId: number): Promise<() => Promise<void>> {
    const pattern = `session:{u${userId}}*`;
    const names = (await this.redis.command('KEYS', pattern)) as string[];
    const ids = names.flatMap((name) => /:s:(\w+)$/.exec(name)?.[1] ?? []);
    const all = [...names, ...ids.map((id) => `session:owner:${id}`)];
    await Promise.all(all.map((name) => this.redis.command('COPY', name, `{kept}${name}`, 'REPLACE')));
    return async () => {
      for (const name of (await this.redis.command('KEYS', pattern)) as string[]) await this.redis.command('DEL', name);
      for (const name of all) await this.redis.command('COPY', `{kept}${name}`, name, 'REPLACE');
    };
  }

  async stop(): Promise<void> {
    for (const redis of this.connections) redis.disconnect();
    await Promise.all(this.databases.map((database) => database.close()));
    await Promise.all([this.redis.kill(), this.mysql.kill()]);
  }
}

/** The name of a session's token: the one of the sign-in is number 0. */
export const tokenOf = (rotation: number) => (rotation === 0 ? 'first' : `t${rotation}`);

/** Presents token number `rotation`; its successor is the next number, whoever makes it. */
export function presenting(
  session: Pick<NewSession, 'id' | 'userId'>,
  rotation: number,
  given: Partial<RefreshMove> = {},
): RefreshMove {
  const numbers = { rotation, successorRotation: rotation + 1 };
  return aMove(session, tokenOf(rotation), tokenOf(rotation + 1), { ...numbers, ...given });
}
