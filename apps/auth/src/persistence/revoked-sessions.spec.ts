import { FakeClock } from '@gatehouse/kernel/testing';
import { aRow } from '@gatehouse/revocation-log/testing';
import { SqlRevocationOutbox } from '@gatehouse/revocation-log/sql';
import { SqlSessionLedger } from '@gatehouse/session-store/sql';
import { aRecord, aUserId } from '@gatehouse/session-store/testing';
import type { Database } from '@gatehouse/sql';
import { databases } from '../../test/databases.js';
import { revokedSessions } from './revoked-sessions.js';

describe.each(databases)('the ledger beside the outbox on %s', (_name, fresh) => {
  const clock = new FakeClock();
  const keep = { keepPastMs: 86_400_000 };
  let database: Database;
  let ledger: SqlSessionLedger;
  let outbox: SqlRevocationOutbox;
  beforeAll(async () => {
    database = await (await fresh())();
    ledger = new SqlSessionLedger(database.dataSource, clock, keep, revokedSessions(database.dataSource));
    outbox = new SqlRevocationOutbox(database.dataSource, clock);
  });
  afterAll(() => database.close());

  const revoke = (
    userId: number,
    scope: 'sid' | 'sub',
    value: string,
    cutoff = 0,
    reason: 'admin' | 'role_changed' = 'admin',
  ) => {
    const { entry } = aRow();
    return outbox.add([
      { entry: { ...entry, scope, value, cutoff, reason, untilMs: clock.nowMs() + 600_000 }, userId },
    ]);
  };

  it('gives back no session that is revoked, and marks it for good (I2)', async () => {
    const userId = aUserId();
    const [revoked, kept] = [aRecord(clock, { userId }), aRecord(clock, { userId })];
    await ledger.write([{ record: revoked }, { record: kept }]);
    await revoke(userId, 'sid', revoked.id);
    expect(await ledger.ofUser(userId)).toEqual({ open: [kept], endedIds: [revoked.id] });
    await ledger.tidy();
    await database.dataSource.getRepository('Revocation').clear();
    expect(await ledger.ofUser(userId)).toEqual({ open: [kept], endedIds: [revoked.id] });
    expect(await ledger.history(userId, 5)).toMatchObject([{ reason: 'admin', session: { id: revoked.id } }]);
  });

  it('gives back no session of a generation that was ended, and those whose rights have only changed', async () => {
    const userId = aUserId();
    const old = aRecord(clock, { userId, generation: 2 });
    const young = aRecord(clock, { userId, generation: 3 });
    await ledger.write([{ record: old }, { record: young }]);
    await revoke(userId, 'sub', String(userId), 9, 'role_changed');
    expect((await ledger.ofUser(userId)).open).toHaveLength(2);
    await revoke(userId, 'sub', String(userId), 3);
    expect(await ledger.ofUser(userId)).toEqual({ open: [young], endedIds: [old.id] });
  });
});
