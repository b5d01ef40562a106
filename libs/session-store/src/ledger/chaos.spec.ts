import { SessionStoreUnavailable } from '@gatehouse/failures';
import { eventually, sleep } from '@gatehouse/testing';
import { type Instance, LedgerWorld, presenting } from '../../test/ledger-world.js';
import { aSession, aUserId } from '../testing/index.js';

/** What a client knows of its session, from answers alone. */
interface Held {
  readonly id: string;
  readonly userId: number;
  /** Number of the newest token it was given. */
  rotation: number;
  /** Its end was acknowledged. */
  ended: boolean;
  /** It was told nothing about its last attempt to end it, or presented a stolen token: either state will do. */
  unclear: boolean;
}

const STEPS = 120;
const MAX_SESSIONS = 3;

/** A small generator of the mulberry32 family: the same seed, the same run. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/**
 * Clients against two instances while Redis is wiped, killed and started with what it wrote or with nothing, and instances vanish
 * with all they had in hand. MySQL stays up: with both lost at once less is promised (`losses.spec.ts`).
 */
describe.each([11, 4242, 900_913])('under faults at random, seed %i', (seed) => {
  let world: LedgerWorld;
  const instances: Instance[] = [];
  beforeAll(async () => {
    world = await LedgerWorld.start();
    instances.push(await world.instance(), await world.instance());
  }, 60_000);
  afterAll(() => world.stop());

  it('every session refreshes in the end with its newest token, and none that was ended (I1, I2, I3, I5, F3, F39)', async () => {
    const random = randomOf(seed);
    const users = Array.from({ length: 4 }, () => aUserId());
    const held: Held[] = [];
    const counts = { refreshed: 0, refused: 0, away: 0, faults: 0 };
    const at = () => instances[random(instances.length)]!.store;
    const pick = () => held.filter(({ ended, unclear }) => !ended && !unclear)[random(held.length || 1)] ?? held.at(-1);
    /** `undefined` when nobody could be told what came of it. */
    const asked = async <T>(question: Promise<T>): Promise<T | undefined> => {
      try {
        return await question;
      } catch (error) {
        if (!(error instanceof SessionStoreUnavailable)) throw error;
        counts.away++;
        return undefined;
      }
    };

    async function signIn(): Promise<void> {
      const userId = users[random(users.length)]!;
      const session = aSession({ userId, idleTtlMs: 600_000 });
      const opened = await asked(at().open(session, MAX_SESSIONS));
      if (!opened) {
        // It may have been opened, and then it may have displaced another.
        for (const one of held) if (one.userId === userId) one.unclear = true;
        return;
      }
      expect((await asked(at().list(userId)))?.length ?? 0).toBeLessThanOrEqual(MAX_SESSIONS);
      for (const { sessionId } of opened.evicted) {
        const one = held.find(({ id }) => id === sessionId);
        if (one) one.ended = true;
      }
      held.push({ id: session.id, userId, rotation: 0, ended: false, unclear: false });
    }

    async function refresh(one: Held): Promise<void> {
      const outcome = await asked(at().rotate(presenting(one, one.rotation, { graceMs: 600_000 })));
      if (!outcome) return;
      if (one.unclear) return;
      expect([outcome.kind, one.ended]).toEqual([
        one.ended ? 'gone' : expect.stringMatching(/rotated|replayed/),
        one.ended,
      ]);
      if (one.ended) return void counts.refused++;
      one.rotation++;
      counts.refreshed++;
    }

    async function steal(one: Held): Promise<void> {
      if (one.rotation < 2 || one.ended || one.unclear) return;
      const outcome = await asked(at().rotate(presenting(one, random(one.rotation - 1), { graceMs: 600_000 })));
      if (outcome) expect(outcome.kind).toBe('reused');
      if (outcome) one.ended = true;
      else one.unclear = true;
    }

    async function end(one: Held): Promise<void> {
      if ((await asked(at().end(one.userId, one.id, 'user_signout'))) === undefined) one.unclear ||= !one.ended;
      else one.ended = true;
    }

    async function fault(): Promise<void> {
      counts.faults++;
      const which = random(4);
      if (which === 0) return world.redis.flush();
      if (which === 3) {
        // Without a word: what it had in hand is lost.
        const gone = random(instances.length);
        instances[gone] = await world.instance();
        return;
      }
      await world.redis.kill();
      await (which === 1 ? world.redis.start() : world.redis.startEmpty());
      // Until all have noticed, they may well answer that it is away; from then on they must not.
      await eventually(() => Promise.all(instances.map(({ store }) => store.checkReadWrite())), { timeoutMs: 10_000 });
    }

    for (let step = 0; step < STEPS; step++) {
      const dice = random(100);
      const one = pick();
      if (dice < 25 || !one) await signIn();
      else if (dice < 75) await refresh(one);
      else if (dice < 80) await steal(one);
      else if (dice < 90) await end(one);
      else await fault();
      if (dice % 7 === 0) await sleep(random(20));
    }

    await world.redis.flush();
    for (const one of held.filter(({ unclear }) => !unclear)) await refresh(one);
    for (const userId of users) {
      const live = (await at().list(userId)).map(({ id }) => id);
      expect(live.length).toBeLessThanOrEqual(MAX_SESSIONS);
      expect(held.filter(({ id, ended }) => ended && live.includes(id))).toEqual([]);
    }
    // Else nothing was tried.
    expect(counts.refreshed).toBeGreaterThan(10);
    expect(counts.faults).toBeGreaterThan(3);
    expect(held.some(({ ended }) => ended)).toBe(true);
  }, 60_000);
});
