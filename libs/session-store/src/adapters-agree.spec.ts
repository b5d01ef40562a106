import { FakeClock } from '@gatehouse/kernel/testing';
import { connectRedis, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import { eventually, sharedRedisUrl } from '@gatehouse/testing';
import fc from 'fast-check';
import { MemorySessionStore } from './memory/index.js';
import { RedisSessionStore } from './redis/index.js';
import type { SessionStore } from './session-store.port.js';
import { aMove, aSession, aUserId } from './testing/index.js';

/** What a sequence of moves leaves behind, in words both adapters can be asked for. */
async function play(
  store: SessionStore,
  userId: number,
  ids: string[],
  moves: [number, number, number][],
): Promise<unknown[]> {
  const told: unknown[] = [];
  const spent = new Map<string, number>();
  let opened = 0;
  for (const [move, which, other] of moves) {
    // Ids are random and never used twice, so opening takes the next one and all else one that was opened.
    const id = move === 0 || opened === 0 ? ids[opened]! : ids[which % opened]!;
    const at = spent.get(id) ?? 0;
    if (move === 0) {
      const { evicted } = await store.open(aSession({ id, userId }), 3);
      opened++;
      spent.set(id, 0);
      told.push(['open', evicted.map(({ sessionId }) => sessionId)]);
    } else if (move === 1) {
      const presented = Math.max(0, at - other);
      const text = presented === 0 ? 'first' : `t${presented}`;
      const { kind } = await store.rotate(aMove({ id, userId }, text, `t${at + 1}`, { genuine: other < 3 }));
      if (kind === 'rotated') spent.set(id, at + 1);
      told.push(['rotate', kind]);
    } else if (move === 2) {
      told.push(['end', await store.end(userId, id)]);
    } else if (move === 3) {
      told.push(['others', (await store.endOthers(userId, id)).sort()]);
    } else {
      await store.recordActivity([
        { userId, sessionId: id, requests: 1, lastRequestAtMs: 1, ipAddresses: ['192.0.2.9'] },
      ]);
    }
    const live = await store.list(userId);
    told.push(live.map((s) => [s.id, s.requestCount, s.ipAddresses]));
    told.push((await store.unconfirmedEnds(userId)).map(({ sessionId, cause }) => [sessionId, cause]).sort());
  }
  return told;
}

describe('memory and Redis', () => {
  let redis: RedisConnection;
  beforeAll(async () => {
    redis = connectRedis(parseRedisSettings({ REDIS_URL: await sharedRedisUrl() }).settings!, { name: 'agree-spec' });
    await eventually(() => redis.get('x'));
  });
  afterAll(() => redis.disconnect());

  it('tell the same story for any sequence of moves', async () => {
    const move = fc.tuple(fc.nat(4), fc.nat(25), fc.nat(4));
    await fc.assert(
      fc.asyncProperty(fc.array(move, { maxLength: 25 }), async (moves) => {
        const userId = aUserId();
        const ids = Array.from({ length: 26 }, () => aSession().id);
        const memory = await play(new MemorySessionStore(new FakeClock()), userId, ids, moves);
        expect(await play(new RedisSessionStore(redis), userId, ids, moves)).toEqual(memory);
      }),
      { numRuns: 200 },
    );
  });
});
