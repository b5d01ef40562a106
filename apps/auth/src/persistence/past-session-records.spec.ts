import { FakeClock } from '@gatehouse/kernel/testing';
import { MemorySessionLedger } from '@gatehouse/session-store/memory';
import { aRecord } from '@gatehouse/session-store/testing';
import { pastSessionRecords } from './past-session-records.js';

describe('what the ledger holds about people', () => {
  const clock = new FakeClock();
  const ledger = new MemorySessionLedger(clock, 30 * 86_400_000);
  const records = pastSessionRecords(ledger, clock);

  it('is handed out with when and why each session ended, live ones left to their own section', async () => {
    const [over, live] = [aRecord(clock, { userId: 7 }), aRecord(clock, { userId: 7 })];
    const ended = { userId: 7, sessionId: over.id, reason: 'user_signout', atMs: clock.nowMs() };
    await ledger.write([{ record: over, ended }, { record: live }]);
    const told = await records.about(7);
    const endedAt = new Date(clock.nowMs()).toISOString();
    expect(told).toMatchObject([{ id: over.id, is_active: false, ended_at: endedAt, end_reason: 'user_signout' }]);
    expect(JSON.stringify(told)).not.toContain(over.refreshTokenHash);
  });

  it('is erased, all of it', async () => {
    await ledger.write([{ record: aRecord(clock, { userId: 8 }) }]);
    await records.forget(7);
    expect(await records.about(7)).toEqual([]);
    expect(await ledger.ofUser(7)).toEqual({ open: [], endedIds: [] });
    expect((await ledger.ofUser(8)).open).toHaveLength(1);
  });
});
