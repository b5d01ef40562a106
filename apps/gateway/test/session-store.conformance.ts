import type { SessionRecord } from '../src/sessions/gateway-session.js';
import { secretHashOf } from '../src/sessions/session-secret.js';
import type { SessionStore, StoredSession } from '../src/sessions/session-store.port.js';
import { randomBytes } from 'node:crypto';

export interface StoreUnderTest {
  readonly store: SessionStore;
  readonly nowMs: () => number;
  /** Lets time pass for the store. */
  readonly elapse: (ms: number) => Promise<void>;
}

/** Short enough for a store that lives in real time. */
export const SUITE_IDLE_MS = 900;

export const newSid = () => randomBytes(32).toString('hex');

export function aStored(nowMs: number, given: Partial<SessionRecord> = {}, sealedTokens = 'sealed 1'): StoredSession {
  const record = {
    sid: newSid(),
    userId: '7',
    secretHash: secretHashOf('a secret'),
    provider: 'entra',
    createdAtMs: nowMs,
    lastSeenAtMs: nowMs,
    expiresAtMs: nowMs + 3_600_000,
    generation: 1,
    ...given,
  };
  return { record, sealedTokens };
}

/** What every store of sessions owes, with an idle time of {@link SUITE_IDLE_MS}. */
export function describeSessionStore(name: string, make: () => Promise<StoreUnderTest>): void {
  describe(`a ${name} session store`, () => {
    let under: StoreUnderTest;
    let store: SessionStore;
    beforeAll(async () => {
      under = await make();
      store = under.store;
    });
    const opened = async (given?: Partial<SessionRecord>) => {
      const session = aStored(under.nowMs(), given);
      expect(await store.create(session)).toBe(true);
      return session;
    };

    it('gives back what was put in, and nothing for an id it does not know', async () => {
      const session = await opened({ userId: '9007199254740991', provider: 'a|b:c' });
      expect(await store.find(session.record.sid)).toEqual(session);
      expect(await store.find(newSid())).toBeUndefined();
    });

    it('never writes over a session that is there', async () => {
      const session = await opened();
      expect(await store.create({ ...session, sealedTokens: 'other' })).toBe(false);
      expect(await store.find(session.record.sid)).toEqual(session);
    });

    it('takes no session whose end has passed', async () => {
      const session = aStored(under.nowMs(), { expiresAtMs: under.nowMs() - 1 });
      expect(await store.create(session)).toBe(false);
      expect(await store.find(session.record.sid)).toBeUndefined();
    });

    it('replaces tokens of the generation named, raises it, and leaves the rest', async () => {
      const { record } = await opened();
      expect(await store.replaceTokens(record.sid, 1, 'sealed 2')).toBe(true);
      expect(await store.find(record.sid)).toEqual({ record: { ...record, generation: 2 }, sealedTokens: 'sealed 2' });
    });

    it('keeps one of two replacements whole, whichever', async () => {
      const { record } = await opened();
      const writers = Array.from({ length: 8 }, (_, n) => store.replaceTokens(record.sid, 1, `by ${n}`));
      const won = (await Promise.all(writers)).flatMap((ok, n) => (ok ? [n] : []));
      expect(won).toHaveLength(1);
      const found = await store.find(record.sid);
      expect(found).toMatchObject({ sealedTokens: `by ${won[0]}`, record: { generation: 2 } });
    });

    it('brings back no session that was removed: not by new tokens, a use, or another opening (I8)', async () => {
      const session = await opened();
      const { sid } = session.record;
      expect(await store.remove(sid)).toBe(true);
      expect(await store.replaceTokens(sid, 1, 'late')).toBe(false);
      expect(await store.touch(sid, under.nowMs())).toBe(false);
      expect(await store.create(session)).toBe(false);
      expect(await store.find(sid)).toBeUndefined();
    });

    it('lets no opening win over an end that came first', async () => {
      const session = aStored(under.nowMs());
      expect(await store.remove(session.record.sid)).toBe(false);
      expect(await store.create(session)).toBe(false);
    });

    it('removes once, and harmlessly again', async () => {
      const { record } = await opened();
      const removals = await Promise.all([1, 2, 3].map(() => store.remove(record.sid)));
      expect(removals.filter(Boolean)).toHaveLength(1);
    });

    it('ends a session nobody uses, and keeps one that is used', async () => {
      const [idle, used] = [await opened(), await opened()];
      for (let i = 0; i < 3; i += 1) {
        await under.elapse(SUITE_IDLE_MS * 0.4);
        expect(await store.touch(used.record.sid, under.nowMs())).toBe(true);
      }
      expect(await store.find(idle.record.sid)).toBeUndefined();
      expect((await store.find(used.record.sid))?.record.lastSeenAtMs).toBeGreaterThan(used.record.lastSeenAtMs);
    });

    it('ends a session at its absolute end, however much it is used', async () => {
      const { record } = await opened({ expiresAtMs: under.nowMs() + 300 });
      await under.elapse(200);
      await store.touch(record.sid, under.nowMs());
      await under.elapse(200);
      expect(await store.find(record.sid)).toBeUndefined();
      expect(await store.touch(record.sid, under.nowMs())).toBe(false);
      expect(await store.replaceTokens(record.sid, 1, 'late')).toBe(false);
    });

    it('never lets a use that was written late look earlier than one before it', async () => {
      const { record } = await opened();
      await store.touch(record.sid, record.lastSeenAtMs + 50);
      await store.touch(record.sid, record.lastSeenAtMs + 20);
      expect((await store.find(record.sid))?.record.lastSeenAtMs).toBe(record.lastSeenAtMs + 50);
    });

    it('gives a lease to one owner at a time, and each name and session its own', async () => {
      const sid = newSid();
      const asked = await Promise.all(['a', 'b', 'c'].map((who) => store.acquireLease(sid, 'refresh', who, 5_000)));
      expect(asked.filter(Boolean)).toHaveLength(1);
      expect(await store.acquireLease(sid, 'provider-refresh', 'b', 5_000)).toBe(true);
      expect(await store.acquireLease(newSid(), 'refresh', 'b', 5_000)).toBe(true);
    });

    it('ends a lease that nobody renews, and keeps one that its owner does', async () => {
      const [kept, left] = [newSid(), newSid()];
      for (const sid of [kept, left]) await store.acquireLease(sid, 'refresh', 'me', 500);
      await under.elapse(300);
      expect(await store.renewLease(kept, 'refresh', 'me', 5_000)).toBe(true);
      await under.elapse(300);
      expect(await store.acquireLease(kept, 'refresh', 'other', 500)).toBe(false);
      expect(await store.acquireLease(left, 'refresh', 'other', 500)).toBe(true);
      // It was lost, and belongs to somebody else.
      expect(await store.renewLease(left, 'refresh', 'me', 500)).toBe(false);
      await store.releaseLease(left, 'refresh', 'me');
      expect(await store.acquireLease(left, 'refresh', 'me', 500)).toBe(false);
      await store.releaseLease(kept, 'refresh', 'me');
      expect(await store.acquireLease(kept, 'refresh', 'other', 500)).toBe(true);
    });

    it('counts the live ones, and each one that time has ended once', async () => {
      await under.elapse(SUITE_IDLE_MS + 50);
      await store.count();
      expect(await store.count()).toEqual({ live: 0, newlyExpired: 0 });
      const [first] = [await opened(), await opened(), await opened()];
      await store.remove(first.record.sid);
      expect(await store.count()).toEqual({ live: 2, newlyExpired: 0 });
      await under.elapse(SUITE_IDLE_MS + 50);
      expect(await store.count()).toEqual({ live: 0, newlyExpired: 2 });
      expect(await store.count()).toEqual({ live: 0, newlyExpired: 0 });
    });

    it('says that it can be read and written', async () => {
      await expect(store.checkReadWrite()).resolves.toBeUndefined();
    });
  });
}
