import { DatabaseUnavailable, SessionStoreUnavailable } from '@gatehouse/failures';
import { eventually } from '@gatehouse/testing';
import { type Instance, LedgerWorld, presenting, tokenOf } from '../../test/ledger-world.js';
import { ownerKey } from '../redis/keys.js';
import type { NewSession } from '../session.js';
import { aMove, aSession, aUserId, hashOf } from '../testing/index.js';

let world: LedgerWorld;
let one: Instance;
let other: Instance;
beforeAll(async () => {
  world = await LedgerWorld.start();
  [one, other] = await Promise.all([world.instance(), world.instance()]);
}, 60_000);
afterAll(() => world.stop());

/** Opens a session and refreshes it so often; it then holds token number `rotations`. */
async function aSessionRefreshed(rotations: number, given: Partial<NewSession> = {}): Promise<NewSession> {
  const session = aSession(given);
  await one.store.open(session, 5);
  for (let n = 0; n < rotations; n++) {
    expect((await one.store.rotate(presenting(session, n))).kind).toBe('rotated');
  }
  return session;
}

describe('after Redis was wiped', () => {
  it('sessions refresh, at any instance, with the newest token (F3, F39)', async () => {
    const session = await aSessionRefreshed(3);
    await world.redis.flush();
    expect(await other.store.ownerOf(session.id)).toBe(session.userId);
    expect((await other.store.rotate(presenting(session, 3))).kind).toBe('rotated');
    expect((await one.store.rotate(presenting(session, 4))).kind).toBe('rotated');
  });

  it('they are listed as they were, in the same order', async () => {
    const userId = aUserId();
    for (let n = 0; n < 3; n++) await one.store.open(aSession({ userId, deviceName: `device ${n}` }), 5);
    const changed = (await one.store.list(userId))[1]!;
    await one.store.amend(userId, changed.id, { deviceName: 'named', acr: 'aal2' });
    await one.store.changeRights(userId, { roles: ['admin'], scope: 's', generation: 4 });
    const before = await one.store.list(userId);
    await world.redis.flush();
    expect(await other.store.list(userId)).toEqual(before);
    expect(before[1]).toMatchObject({ deviceName: 'named', acr: 'aal2', roles: ['admin'], generation: 4 });
  });

  it('they may still lie untouched no longer, and end no later, than was said last', async () => {
    const session = await aSessionRefreshed(0);
    const { createdAtMs } = (await one.store.find(session.userId, session.id))!;
    const limits = { idleAtMostMs: 40_000, endsByMs: createdAtMs + 300_000 };
    const narrowed = await one.store.amend(session.userId, session.id, limits);
    await world.redis.flush();
    expect(await other.store.find(session.userId, session.id)).toEqual(narrowed);
    const rotated = await other.store.rotate(presenting(session, 0));
    if (rotated.kind !== 'rotated') throw new Error(rotated.kind);
    const { idleExpiresAtMs, lastAccessAtMs, absoluteExpiresAtMs } = rotated.session;
    expect([idleExpiresAtMs - lastAccessAtMs, absoluteExpiresAtMs - createdAtMs]).toEqual([40_000, 300_000]);
  });

  it('activity is there as far as it was written, without anybody having waited for it', async () => {
    const session = await aSessionRefreshed(0);
    const seen = { userId: session.userId, sessionId: session.id, requests: 7, lastRequestAtMs: 9 };
    await one.store.recordActivity([{ ...seen, ipAddresses: ['198.51.100.7'] }]);
    await eventually(() => expect(one.writer.status().waiting).toBe(0));
    await world.redis.flush();
    expect(await one.store.find(session.userId, session.id)).toMatchObject({
      requestCount: 7,
      ipAddresses: ['192.0.2.1', '198.51.100.7'],
    });
  });

  it.each([1, 2, 3])('a token spent %i rotations ago is reuse, and ends the session (I3, I4)', async (ago) => {
    const session = await aSessionRefreshed(3);
    await world.redis.flush();
    const stolen = presenting(session, 3 - ago, { graceMs: -1 });
    expect(await other.store.rotate(stolen)).toEqual({ kind: 'reused' });
    await world.redis.flush();
    expect(await one.store.rotate(presenting(session, 3))).toEqual({ kind: 'gone' });
  });

  it('the immediate predecessor still yields the successor it had, within the window (F32)', async () => {
    const session = await aSessionRefreshed(2);
    await world.redis.flush();
    const again = await other.store.rotate(presenting(session, 1));
    expect(again).toMatchObject({ kind: 'replayed', sealedSuccessor: undefined, session: { rotation: 2 } });
    expect((await one.store.rotate(presenting(session, 2))).kind).toBe('rotated');
  });

  it('a made-up token moves nothing', async () => {
    const session = await aSessionRefreshed(1);
    await world.redis.flush();
    const madeUp = aMove(session, 'made up', 'x', { genuine: false, rotation: 99, successorRotation: 100 });
    expect(await other.store.rotate(madeUp)).toEqual({ kind: 'foreign' });
    expect((await one.store.rotate(presenting(session, 1))).kind).toBe('rotated');
  });

  it('none that was ended comes back: signed out, evicted, reused, timed out (I1, I2)', async () => {
    const userId = aUserId();
    const sessions = Array.from({ length: 7 }, () => aSession({ userId }));
    for (const session of sessions) await one.store.open(session, 6);
    const [evicted, signedOut, reused, timedOut, untouched, other1, kept] = sessions as [NewSession, ...NewSession[]];
    await one.store.end(userId, signedOut!.id, 'user_signout');
    await one.store.rotate(presenting(reused!, 0));
    await one.store.rotate(presenting(reused!, 0, { graceMs: -1 }));
    await one.store.amend(userId, timedOut!.id, { absoluteExpiresAtMs: Date.now() - 86_400_000 });
    await one.store.amend(userId, untouched!.id, { idleAtMostMs: 0 });
    await one.store.endOthers(userId, kept!.id, 'password_changed');
    for (let wipes = 0; wipes < 2; wipes++) {
      await world.redis.flush();
      expect((await other.store.list(userId)).map(({ id }) => id)).toEqual([kept!.id]);
    }
    expect(await other.store.rotate(presenting(evicted, 0))).toEqual({ kind: 'gone' });
    const history = await other.ledger.history(userId, 10);
    expect(new Map(history.map(({ session, reason }) => [session.id, reason]))).toEqual(
      new Map([
        [evicted.id, 'evicted_limit'],
        [signedOut!.id, 'user_signout'],
        [reused!.id, 'reuse_detected'],
        [timedOut!.id, 'absolute_timeout'],
        [untouched!.id, 'idle_timeout'],
        [other1!.id, 'password_changed'],
      ]),
    );
  });

  it.each([
    ['an end long past', { absoluteExpiresAtMs: Date.now() - 86_400_000 }],
    ['an end that has to be long past', { endsByMs: Date.now() - 86_400_000 }],
    ['having lain untouched', { idleAtMostMs: 0 }],
  ])('one that ended by %s stays so, whatever the ledger has heard', async (_what, change) => {
    const session = aSession();
    await one.store.open(session, 5);
    expect(await one.silent.restoredSince(1).amend(session.userId, session.id, change)).toBeUndefined();
    // Whoever may have missed something compares anew.
    other.store.noteOutage();
    expect(await other.store.list(session.userId)).toEqual([]);
    expect(await other.store.rotate(presenting(session, 0))).toEqual({ kind: 'gone' });
  });

  it('a sign-in counts the sessions that came back: never more than the limit (I5)', async () => {
    const userId = aUserId();
    const sessions = Array.from({ length: 3 }, () => aSession({ userId }));
    for (const session of sessions) await one.store.open(session, 3);
    await world.redis.flush();
    const { evicted } = await other.store.open(aSession({ userId }), 3);
    expect(evicted.map(({ sessionId }) => sessionId)).toEqual([sessions[0]!.id]);
    expect(await one.store.list(userId)).toHaveLength(3);
  });

  it('of a hundred who refresh at once one rotates, the others get its answer (I3)', async () => {
    const session = await aSessionRefreshed(1);
    await world.redis.flush();
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, n) => (n % 2 ? one : other).store.rotate(presenting(session, 1))),
    );
    expect(outcomes.filter(({ kind }) => kind === 'rotated')).toHaveLength(1);
    expect(outcomes.filter(({ kind }) => kind === 'replayed')).toHaveLength(99);
  });

  it('a sign-out that races the return leaves nothing (I8)', async () => {
    for (let round = 0; round < 20; round++) {
      const session = await aSessionRefreshed(1);
      await world.redis.flush();
      const refreshing = other.store.rotate(presenting(session, 1));
      await one.store.end(session.userId, session.id, 'user_signout');
      await refreshing;
      for (const n of [1, 2]) expect((await other.store.rotate(presenting(session, n))).kind).toBe('gone');
    }
  });
});

describe('after a failover that lost writes', () => {
  /** Back to what Redis held at `remember`; with word of the lost connection, or without. */
  const lose = async (back: () => Promise<void>, noticed: boolean) => {
    await back();
    if (noticed) for (const { store } of [one, other]) store.noteOutage();
  };

  describe.each([
    ['noticed', true],
    ['that nobody noticed', false],
  ])('%s', (_name, noticed) => {
    it('the newest token refreshes, though Redis does not know it (F4)', async () => {
      const session = await aSessionRefreshed(1);
      const back = await world.remember(session.userId);
      for (const n of [1, 2]) await one.store.rotate(presenting(session, n));
      await lose(back, noticed);
      expect((await other.store.rotate(presenting(session, 3))).kind).toBe('rotated');
    });

    it('a token that was spent in the lost time is reuse (I3, F4)', async () => {
      const session = await aSessionRefreshed(1);
      const back = await world.remember(session.userId);
      for (const n of [1, 2]) await one.store.rotate(presenting(session, n));
      await lose(back, noticed);
      // The one that Redis takes for the current.
      expect(await other.store.rotate(presenting(session, 1))).toEqual({ kind: 'reused' });
      expect(await one.store.rotate(presenting(session, 3))).toEqual({ kind: 'gone' });
    });

    it('who lost the answer of the lost rotation gets its successor again', async () => {
      const session = await aSessionRefreshed(1);
      const back = await world.remember(session.userId);
      await one.store.rotate(presenting(session, 1));
      await lose(back, noticed);
      expect((await other.store.rotate(presenting(session, 1))).kind).toBe('replayed');
      expect((await one.store.rotate(presenting(session, 2))).kind).toBe('rotated');
    });
  });

  it('sessions opened in the lost time are there, and ended ones are not (I1, I2)', async () => {
    const userId = aUserId();
    const [ended, kept, late] = [aSession({ userId }), aSession({ userId }), aSession({ userId })];
    await one.store.open(ended, 5);
    await one.store.open(kept, 5);
    const back = await world.remember(userId);
    await one.store.end(userId, ended.id, 'user_signout');
    await one.store.open(late, 5);
    await lose(back, true);
    expect((await other.store.list(userId)).map(({ id }) => id)).toEqual([late.id, kept.id]);
  });

  it('what has ended in Redis is not brought back by a ledger that has not heard of it (I1)', async () => {
    const userId = aUserId();
    const [named, evicted, kept] = [aSession({ userId }), aSession({ userId }), aSession({ userId })];
    for (const session of [named, evicted]) await one.store.open(session, 5);
    await one.silent.end(userId, named.id);
    await one.silent.open(kept, 1);
    for (const { store } of [one, other]) store.noteOutage();
    expect((await other.store.list(userId)).map(({ id }) => id)).toEqual([kept.id]);
  });

  it('what Redis has and the ledger lacks is kept, and told to the ledger', async () => {
    const forgetful = await world.instance({ maxWaiting: 0, rotationWaitMs: 0 });
    const session = aSession();
    await forgetful.store.open(session, 5);
    expect(await one.ledger.ownerOf(session.id)).toBeUndefined();
    for (const { store } of [one, other]) store.noteOutage();
    expect(await one.store.list(session.userId)).toHaveLength(1);
    await eventually(async () => expect(await one.ledger.ownerOf(session.id)).toBe(session.userId));
  });
});

describe('what the ledger never heard of', () => {
  it('a token newer than the ledger knows is taken for the newest, once (ADR 13)', async () => {
    const session = await aSessionRefreshed(1);
    const forgetful = await world.instance({ maxWaiting: 0, rotationWaitMs: 0 });
    for (const n of [1, 2]) await forgetful.store.rotate(presenting(session, n));
    await world.redis.flush();
    expect((await other.store.rotate(presenting(session, 3))).kind).toBe('rotated');
    expect(await one.store.rotate(presenting(session, 2, { graceMs: -1 }))).toEqual({ kind: 'reused' });
  });

  it('sessions of an earlier version go on, and survive a wipe once they were used', async () => {
    const userId = aUserId();
    const session = aSession({ userId });
    await one.store.open(session, 5);
    await asEarlierVersion(session);
    await one.ledger.forget(userId);
    expect(
      (await other.store.rotate(aMove(session, 'first', 't1', { rotation: undefined, successorRotation: 1 }))).kind,
    ).toBe('rotated');
    await world.redis.flush();
    expect((await one.store.rotate(presenting(session, 1))).kind).toBe('rotated');
  });

  it('an instance of the earlier version beside this one may rotate: its token counts as the newest', async () => {
    const session = await aSessionRefreshed(2);
    const key = `session:{u${session.userId}}:s:${session.id}`;
    const rotation = ['refreshTokenHash', hashOf('of before'), 'previousHash', hashOf(tokenOf(2))];
    await world.redis.command('HSET', key, ...rotation, 'rotatedAtMs', String(Date.now()));
    other.store.noteOutage();
    expect(await other.store.find(session.userId, session.id)).toMatchObject({ rotation: 3 });
    const unnumbered = { rotation: undefined, successorRotation: 4 };
    expect((await other.store.rotate(aMove(session, 'of before', 't4', unnumbered))).kind).toBe('rotated');
    expect((await one.store.rotate(presenting(session, 2, { graceMs: -1 }))).kind).toBe('reused');
  });

  /** What the version before the ledger left in Redis. */
  async function asEarlierVersion({ id, userId }: NewSession): Promise<void> {
    const key = `session:{u${userId}}:s:${id}`;
    await world.redis.command('HDEL', key, 'rotation', 'rotationHash', 'version');
    await world.redis.command('DEL', `session:{u${userId}}:restored`);
    expect(await world.redis.command('EXISTS', ownerKey(id))).toBe(1);
  }
});

describe('with MySQL away', () => {
  let before: NewSession;
  beforeAll(async () => {
    before = await aSessionRefreshed(1);
    await world.mysql.kill();
  });

  it('refresh, list, change and end go on, within their time, and the news waits', async () => {
    const startedMs = performance.now();
    expect((await one.store.rotate(presenting(before, 1))).kind).toBe('rotated');
    expect(await one.store.list(before.userId)).toHaveLength(1);
    expect(await one.store.amend(before.userId, before.id, { deviceName: 'x' })).toMatchObject({ deviceName: 'x' });
    expect(performance.now() - startedMs).toBeLessThan(1_500);
    expect(one.writer.status()).toMatchObject({ reachable: false, waiting: 1 });
    expect(one.writer.status().oldestMs).toBeGreaterThan(0);
  });

  it('a sign-out is kept for the ledger', async () => {
    const session = before;
    expect(await one.store.end(session.userId, session.id, 'user_signout')).toBe(true);
    expect(await one.store.list(session.userId)).toEqual([]);
  });

  it('and Redis wiped as well, nobody is told that their session has ended: it cannot be known', async () => {
    await world.redis.flush();
    const startedMs = performance.now();
    await expect(other.store.ownerOf(before.id)).rejects.toBeInstanceOf(SessionStoreUnavailable);
    for (const ask of [
      () => other.store.find(before.userId, before.id),
      () => other.store.list(before.userId),
      () => other.store.rotate(presenting(before, 2)),
      () => other.store.endOthers(before.userId, undefined),
    ]) {
      await expect(ask()).rejects.toBeInstanceOf(SessionStoreUnavailable);
    }
    const seen = { userId: before.userId, sessionId: before.id, requests: 1, lastRequestAtMs: 1, ipAddresses: [] };
    await expect(other.store.recordActivity([seen])).resolves.toBeUndefined();
    await expect(other.ledger.ofUser(1)).rejects.toBeInstanceOf(DatabaseUnavailable);
    expect(performance.now() - startedMs).toBeLessThan(4_000);
  });

  it('a sign-out can be promised all the same, and holds against what the ledger brings back later', async () => {
    await expect(other.store.end(before.userId, before.id, 'user_signout')).resolves.toBe(false);
    await world.mysql.start();
    await eventually(async () => expect(await other.store.list(before.userId)).toEqual([]), { timeoutMs: 15_000 });
    await eventually(() => expect([one.writer.status().waiting, other.writer.status().waiting]).toEqual([0, 0]), {
      timeoutMs: 15_000,
    });
    await world.redis.flush();
    expect(await one.store.list(before.userId)).toEqual([]);
  }, 40_000);
});
