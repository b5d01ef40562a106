import { SystemClock } from '@gatehouse/kernel';
import { FakeClock } from '@gatehouse/kernel/testing';
import { connectRedis, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import type { Database } from '@gatehouse/sql';
import { eventually, sharedRedisUrl, testFolder } from '@gatehouse/testing';
import fc from 'fast-check';
import { join } from 'node:path';
import { LedgeredSessionStore, LedgerWriter, type RestorableSessionStore, type SessionLedger } from './ledger/index.js';
import { MemorySessionLedger, MemorySessionStore } from './memory/index.js';
import { RedisSessionStore } from './redis/index.js';
import { ownerKey } from './redis/keys.js';
import type { SessionStore } from './session-store.port.js';
import { SqlSessionLedger } from './sql/index.js';
import { openLedgerDatabase } from './testing/ledger-database.js';
import { aMove, aSession, aUserId } from './testing/index.js';

interface Player {
  readonly store: SessionStore;
  /** Takes from the store all it has in memory; one without a ledger has nothing taken. */
  readonly wipe: (userId: number, ids: string[]) => Promise<void>;
}

const DAY_MS = 86_400_000;
const WIPE = 5;
const OPEN_WITHIN = 6;

/** What a sequence of moves leaves behind, in words all adapters can be asked for: sessions go by their place. */
async function play({ store, wipe }: Player, moves: [number, number, number][]): Promise<unknown[]> {
  const userId = aUserId();
  const ids = Array.from({ length: 26 }, () => aSession().id);
  const places = (of: string[]) => of.map((id) => ids.indexOf(id));
  const told: unknown[] = [];
  const spent = new Map<string, number>();
  let opened = 0;
  for (const [move, which, other] of moves) {
    // Ids are random and never used twice, so opening takes the next one and all else one that was opened; the last never is.
    const opens = move === 0 || move === OPEN_WITHIN;
    const id = opens ? ids[opened]! : opened === 0 ? ids.at(-1)! : ids[which % opened]!;
    const at = spent.get(id) ?? 0;
    if (move === 0) {
      const { evicted } = await store.open(aSession({ id, userId }), 3);
      opened++;
      spent.set(id, 0);
      told.push(['open', places(evicted.map(({ sessionId }) => sessionId))]);
    } else if (move === OPEN_WITHIN) {
      const acting = other === 4 ? { actorId: 7 } : {};
      const outcome = await store.openWithin(aSession({ id, userId, ...acting }), 3, ids[which]);
      if (outcome.kind === 'opened') {
        opened++;
        spent.set(id, 0);
      }
      const ofThem = outcome.kind === 'opened' ? outcome.ended.map((e) => e.sessionId) : outcome.live.map((s) => s.id);
      told.push(['open within', outcome.kind, places(ofThem)]);
    } else if (move === 1) {
      const presented = Math.max(0, at - other);
      const text = presented === 0 ? 'first' : `t${presented}`;
      const numbers = { rotation: presented, successorRotation: presented + 1 };
      const refresh = aMove({ id, userId }, text, `t${presented + 1}`, { genuine: other < 3, ...numbers });
      const { kind } = await store.rotate(refresh);
      if (kind === 'rotated') spent.set(id, at + 1);
      told.push(['rotate', kind]);
    } else if (move === 2) {
      told.push(['end', await store.end(userId, id)]);
    } else if (move === 3) {
      told.push(['others', places(await store.endOthers(userId, id)).sort()]);
    } else if (move === WIPE) {
      // Their revocation is durable by now: what is not, nobody has been told.
      const ended = await store.unconfirmedEnds(userId);
      await store.confirmEnds(
        userId,
        ended.map(({ sessionId }) => sessionId),
      );
      await wipe(userId, ids);
      if (opened > 0) told.push(['owner', (await store.ownerOf(id)) === userId]);
    } else {
      await store.recordActivity([
        { userId, sessionId: id, requests: 1, lastRequestAtMs: 1, ipAddresses: ['192.0.2.9'] },
      ]);
    }
    const live = await store.list(userId);
    told.push(live.map((s) => [ids.indexOf(s.id), s.requestCount, s.ipAddresses, s.rotation]));
    const unconfirmed = await store.unconfirmedEnds(userId);
    told.push(unconfirmed.map(({ sessionId, cause }) => `${ids.indexOf(sessionId)} ${cause}`).sort());
  }
  return told;
}

/** A store over a ledger whose live half is made anew by each wipe. */
function ledgered(
  ledger: SessionLedger,
  clock: SystemClock,
  live: (writer: LedgerWriter) => RestorableSessionStore,
  forget: Player['wipe'],
): Player {
  const writer = new LedgerWriter(ledger, clock);
  let store = new LedgeredSessionStore(live(writer), ledger, writer);
  const wipe = async (userId: number, ids: string[]) => {
    // Activity alone is written without anybody waiting for it.
    await eventually(() => expect(writer.status().waiting).toBe(0));
    await forget(userId, ids);
    store = new LedgeredSessionStore(live(writer), ledger, writer);
  };
  const current = new Proxy({} as SessionStore, {
    get: (_target, name) => (Reflect.get(store, name) as (...args: unknown[]) => unknown).bind(store),
  });
  return { store: current, wipe };
}

describe('memory and Redis, by themselves and over a ledger', () => {
  let redis: RedisConnection;
  let database: Database;
  beforeAll(async () => {
    redis = connectRedis(parseRedisSettings({ REDIS_URL: await sharedRedisUrl() }).settings!, { name: 'agree-spec' });
    await eventually(() => redis.get('x'));
    database = await openLedgerDatabase(`sqlite:${join(testFolder('agree'), 'ledger.sqlite')}`);
  });
  afterAll(async () => {
    redis.disconnect();
    await database.close();
  });

  const none = async () => undefined;
  const forgetInRedis = async (userId: number, ids: string[]) => {
    const keys = ['index', 'ended', 'restored', 'gone'].map((name) => `session:{u${userId}}:${name}`);
    for (const id of ids) keys.push(`session:{u${userId}}:s:${id}`, ownerKey(id));
    for (const key of keys) await redis.del(key);
  };

  it('tell the same story for any sequence of moves, and those over a ledger also when they forget all of it (F3)', async () => {
    const clock = new SystemClock();
    const sqlLedger = new SqlSessionLedger(database.dataSource, clock, { keepPastMs: DAY_MS });
    const others = (): Player[] => [
      { store: new RedisSessionStore(redis), wipe: none },
      ledgered(new MemorySessionLedger(clock, DAY_MS), clock, (writer) => new MemorySessionStore(clock, writer), none),
      ledgered(sqlLedger, clock, (writer) => new RedisSessionStore(redis, writer), forgetInRedis),
    ];
    const move = fc.tuple(fc.nat(OPEN_WITHIN), fc.nat(25), fc.nat(4));
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 25, size: 'max' }), async (moves) => {
        const model = { store: new MemorySessionStore(new FakeClock()), wipe: none };
        const story = await play(model, moves);
        for (const player of others()) expect(await play(player, moves)).toEqual(story);
      }),
      { numRuns: 120 },
    );
  });
});
