import type { FakeClock } from '@gatehouse/kernel/testing';
import type { PastPlace, PastSession, SessionLedger } from '../ledger/session-ledger.port.js';
import type { SessionRecord } from '../ledger/session-record.js';
import { aSession, aUserId, hashOf } from './builders.js';

export interface LedgerUnderTest {
  readonly ledger: SessionLedger;
  /** The ledger's clock. */
  readonly clock: FakeClock;
  readonly keepPastMs: number;
}

/** A session as its store would tell of it. */
export function aRecord(clock: FakeClock, given: Partial<SessionRecord> = {}): SessionRecord {
  const { refreshTokenHash, absoluteTtlMs, idleTtlMs, ...facts } = aSession();
  const nowMs = clock.nowMs();
  return {
    ...facts,
    createdAtMs: nowMs,
    lastAccessAtMs: nowMs,
    idleExpiresAtMs: nowMs + idleTtlMs,
    absoluteExpiresAtMs: nowMs + absoluteTtlMs,
    requestCount: 0,
    lastRequestAtMs: null,
    ipAddresses: ['192.0.2.1'],
    rotation: 0,
    refreshTokenHash,
    rotatedAtMs: null,
    idleTtlMs,
    version: 1,
    order: nowMs * 1000,
    ...given,
  };
}

const placeOf = ({ session, endedAtMs }: PastSession): PastPlace => ({ endedAtMs, sessionId: session.id });

/** What every `SessionLedger` owes, sentence by sentence of the port. */
export function describeSessionLedger(name: string, make: () => Promise<LedgerUnderTest>): void {
  describe(`SessionLedger: ${name}`, () => {
    let ledger: SessionLedger;
    let clock: FakeClock;
    let keepPastMs: number;
    beforeAll(async () => {
      ({ ledger, clock, keepPastMs } = await make());
    });

    const write = async (...records: SessionRecord[]) => ledger.write(records.map((record) => ({ record })));
    const end = ({ id, userId }: SessionRecord, reason = 'user_signout') =>
      ledger.write([{ ended: { userId, sessionId: id, reason, atMs: clock.nowMs() } }]);
    const rotated = (record: SessionRecord, rotation: number, given: Partial<SessionRecord> = {}): SessionRecord => ({
      ...record,
      rotation,
      rotatedAtMs: record.createdAtMs + rotation * 1_000,
      refreshTokenHash: hashOf(`t${rotation}`),
      version: record.version + rotation,
      ...given,
    });

    it('gives back what was written, to the last field', async () => {
      const record = aRecord(clock, {
        ...{ deviceName: 'Ordinateur d’Ada 💻', deviceId: 'd-1', actorId: 9, rememberMe: true, lastRequestAtMs: 7 },
        ...{ rotation: 3, rotatedAtMs: clock.nowMs(), ipAddresses: ['192.0.2.1', '2001:db8::1'], roles: ['a', 'b'] },
      });
      await write(record);
      expect(await ledger.ofUser(record.userId)).toEqual({ open: [record], endedIds: [] });
      expect(await ledger.ownerOf(record.id)).toBe(record.userId);
    });

    it('knows nothing of what nobody wrote', async () => {
      expect(await ledger.ofUser(aUserId())).toEqual({ open: [], endedIds: [] });
      expect(await ledger.ownerOf(aSession().id)).toBeUndefined();
      expect(await ledger.history(aUserId(), 10)).toEqual([]);
      await expect(ledger.write([])).resolves.toEqual(new Map());
    });

    it('keeps the newest account, in whatever order they come', async () => {
      const record = aRecord(clock);
      const accounts = [
        record,
        rotated(record, 1),
        rotated(record, 2),
        rotated(record, 2, { version: 9, requestCount: 5 }),
      ];
      for (const order of [
        [3, 0, 2, 1],
        [1, 3, 0, 2],
        [0, 1, 2, 3],
        [3, 2, 1, 0],
      ]) {
        const { id } = aSession();
        for (const index of order) await write({ ...accounts[index]!, id });
        const { open } = await ledger.ofUser(record.userId);
        expect(open.find((one) => one.id === id)).toEqual({ ...accounts[3], id });
      }
    });

    it('says which rotation it holds, and contradicts one it has seen before (I3)', async () => {
      const record = aRecord(clock);
      const second = rotated(record, 2);
      expect((await write(second)).get(record.id)).toBe('kept');
      expect((await write(second)).get(record.id)).toBe('kept');
      const again = rotated(record, 2, { rotatedAtMs: second.rotatedAtMs! + 60_000, version: 40 });
      for (const older of [rotated(record, 1, { version: 50 }), again]) {
        expect((await write(older)).get(record.id)).toBe('contradicted');
        expect((await ledger.ofUser(record.userId)).open).toEqual([second]);
      }
      expect((await write(rotated(record, 3))).get(record.id)).toBe('kept');
      await end(record);
      expect((await write(rotated(record, 4))).get(record.id)).toBe('contradicted');
    });

    it('never opens again what has ended, whatever is written later (I2)', async () => {
      const record = aRecord(clock);
      await write(record);
      await end(record, 'admin');
      await write(rotated(record, 5));
      await end(record, 'risk');
      expect(await ledger.ofUser(record.userId)).toEqual({ open: [], endedIds: [record.id] });
      expect(await ledger.history(record.userId, 9)).toMatchObject([{ reason: 'admin', session: { id: record.id } }]);
    });

    it('takes an end before the session itself, and both at once', async () => {
      const [early, both] = [aRecord(clock), aRecord(clock)];
      await end(early);
      expect(await ledger.ofUser(early.userId)).toEqual({ open: [], endedIds: [early.id] });
      expect(await ledger.history(early.userId, 9)).toEqual([]);
      await write(early);
      const ended = { userId: both.userId, sessionId: both.id, reason: 'user_signout', atMs: clock.nowMs() };
      await ledger.write([{ record: both, ended }]);
      for (const { userId, id } of [early, both]) {
        expect(await ledger.ofUser(userId)).toEqual({ open: [], endedIds: [id] });
        expect(await ledger.history(userId, 9)).toMatchObject([{ session: { id } }]);
      }
    });

    it('is not ended by another user', async () => {
      const record = aRecord(clock);
      await write(record);
      await end({ ...record, userId: aUserId() });
      expect((await ledger.ofUser(record.userId)).open).toEqual([record]);
    });

    it('bears hundreds at once, of many writers', async () => {
      const userId = aUserId();
      // Three times a hundred: a busy machine has one second for each of the three.
      const records = Array.from({ length: 100 }, () => aRecord(clock, { userId }));
      await Promise.all([0, 1, 2].map(() => write(...[...records].sort(() => Math.random() - 0.5))));
      expect((await ledger.ofUser(userId)).open).toHaveLength(100);
    });

    it('tells of sessions that are over, those that ended last first, page by page', async () => {
      const userId = aUserId();
      const records = Array.from({ length: 3 }, () => aRecord(clock, { userId }));
      const ranOut = aRecord(clock, { userId, idleExpiresAtMs: clock.nowMs() + 500 });
      await write(...records, ranOut, aRecord(clock, { userId }), aRecord(clock));
      for (const record of records) {
        clock.advance(1_000);
        await end(record);
      }
      const all = await ledger.history(userId, 10);
      expect(all.map(({ session }) => session.id)).toEqual([...[...records].reverse().map(({ id }) => id), ranOut.id]);
      expect(all[3]).toMatchObject({ reason: 'idle_timeout', endedAtMs: ranOut.idleExpiresAtMs });
      expect(JSON.stringify(all)).not.toContain(ranOut.refreshTokenHash);
      const first = await ledger.history(userId, 2);
      expect([...first, ...(await ledger.history(userId, 2, placeOf(first[1]!)))]).toEqual(all);
    });

    it('leaves none out, and tells none twice, where many ended at one moment', async () => {
      const userId = aUserId();
      const records = Array.from({ length: 7 }, () => aRecord(clock, { userId }));
      await write(...records);
      clock.advance(1_000);
      await Promise.all(records.map((record) => end(record)));
      const told: PastSession[] = [];
      for (let page = await ledger.history(userId, 3); page.length > 0;) {
        told.push(...page);
        page = await ledger.history(userId, 3, placeOf(page.at(-1)!));
      }
      const ids = records.map(({ id }) => id);
      expect(told.map(({ session }) => session.id)).toEqual(ids.sort().reverse());
      expect(new Set(told.map(({ endedAtMs }) => endedAtMs)).size).toBe(1);
    });

    it('drops what is over for longer than it is kept, and nothing that a store may still hold', async () => {
      const [old, held, live] = [
        aRecord(clock),
        aRecord(clock, { absoluteExpiresAtMs: clock.nowMs() + 3 * keepPastMs }),
        aRecord(clock, {
          idleExpiresAtMs: clock.nowMs() + 3 * keepPastMs,
          absoluteExpiresAtMs: clock.nowMs() + 3 * keepPastMs,
        }),
      ];
      await write(old, held, live);
      await end(old);
      await end(held);
      clock.advance(2 * keepPastMs);
      await ledger.tidy();
      expect(await ledger.ownerOf(old.id)).toBeUndefined();
      expect(await ledger.ofUser(held.userId)).toEqual({ open: [], endedIds: [held.id] });
      expect(await ledger.history(held.userId, 9)).toEqual([]);
      expect((await ledger.ofUser(live.userId)).open).toEqual([live]);
    });

    it('forgets a user', async () => {
      const [mine, other] = [aRecord(clock), aRecord(clock)];
      await write(mine, other);
      await ledger.forget(mine.userId);
      expect(await ledger.ownerOf(mine.id)).toBeUndefined();
      expect(await ledger.ownerOf(other.id)).toBe(other.userId);
    });
  });
}
