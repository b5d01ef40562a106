import { randomUUID } from 'node:crypto';
import { revocationUntilMs } from '@gatehouse/contracts';
import { DatabaseUnavailable } from '@gatehouse/failures';
import { aRow } from '@gatehouse/revocation-log/testing';
import { ACCESS_TOKEN_SECONDS, sessionWorld } from '../../test/session-world.js';
import { aReport } from '../../test/reports.js';
import { MemoryReceiptBoard } from './adapters/memory-receipt-board.js';
import { RevocationNotFound } from './receipts.errors.js';
import { RevocationPlaces } from './revocation-places.js';
import { ShowReceipt } from './show-receipt.js';

function aWorld() {
  const world = sessionWorld();
  const { revocations, feedLog, sessions, clock, revokeSessions } = world;
  const board = new MemoryReceiptBoard(clock, { maxPerMode: 3 });
  const places = new RevocationPlaces(feedLog, ACCESS_TOKEN_SECONDS);
  const showReceipt = new ShowReceipt(revocations, places, board, sessions, clock);
  const ask = (revocationId: string, userId: number, isAdmin = false) =>
    showReceipt.run({ revocationId, asker: { userId, isAdmin } });
  const revoke = (userId: number, ...sessionIds: string[]) =>
    revokeSessions.run({ userId, sessionIds, reason: 'user_signout' });
  /** A validator that has come to the end of the log, or as far as told. */
  const reportFrom = async (given: Parameters<typeof aReport>[0] = {}) => {
    const epoch = (await feedLog.currentEpoch()) ?? '';
    const end = (await feedLog.readAfter('0-0', 100)).at(-1)?.position ?? '0-0';
    const report = aReport({ epoch, position: end, atMs: clock.nowMs(), ...given });
    await board.post(report);
    return report;
  };
  return { ...world, board, ask, revoke, reportFrom };
}

describe('the receipt of a revocation', () => {
  it('says who enforces it and since when', async () => {
    const { open, ask, revoke, reportFrom, clock } = aWorld();
    const { session } = await open();
    const { revocationId } = await revoke(session.userId, session.id);
    const atMs = clock.nowMs();
    clock.advance(700);
    await reportFrom({ service: 'orders', atMs: atMs + 3 });
    await reportFrom({ service: 'billing' });
    const receipt = await ask(revocationId, session.userId);
    expect(receipt).toMatchObject({ scope: 'sid', reason: 'user_signout', entries: 1, complete: true });
    expect(receipt.sequence).toMatch(/^\d+-\d+$/);
    expect(receipt.validators.map(({ validator, appliedAtMs }) => [validator.service, appliedAtMs])).toEqual([
      ['orders', atMs + 3],
      ['billing', atMs + 700],
    ]);
  });

  it('is not complete while one that is there has not applied it', async () => {
    const { open, ask, revoke, reportFrom } = aWorld();
    const { session } = await open();
    const { session: earlier } = await open();
    await revoke(earlier.userId, earlier.id);
    const stopped = await reportFrom({ service: 'stopped' });
    const { revocationId } = await revoke(session.userId, session.id);
    await reportFrom({ service: 'orders' });
    const receipt = await ask(revocationId, session.userId);
    expect(receipt.complete).toBe(false);
    const [behind] = receipt.validators;
    expect(behind).toMatchObject({ appliedAtMs: undefined, validator: { service: stopped.service, expected: true } });
  });

  it('waits no longer for one that has gone', async () => {
    const { open, ask, revoke, reportFrom, clock } = aWorld();
    const { session } = await open();
    await revoke(session.userId, session.id);
    await reportFrom({ service: 'gone' });
    const { revocationId } = await revoke(session.userId, session.id);
    const last = await reportFrom({ service: 'orders' });
    expect((await ask(revocationId, session.userId)).complete).toBe(false);
    clock.advance(59_000);
    await reportFrom(last);
    expect((await ask(revocationId, session.userId)).complete).toBe(false);
    clock.advance(2_000);
    await reportFrom(last);
    const receipt = await ask(revocationId, session.userId);
    expect(receipt.complete).toBe(true);
    expect(receipt.validators.map(({ validator }) => validator.expected)).toEqual([false, true]);
  });

  it('is not complete when nobody reports, or when there was no room for all', async () => {
    const { open, ask, revoke, reportFrom } = aWorld();
    const { session } = await open();
    const { revocationId } = await revoke(session.userId, session.id);
    expect(await ask(revocationId, session.userId)).toMatchObject({ validators: [], complete: false });
    await reportFrom();
    await reportFrom();
    expect((await ask(revocationId, session.userId)).complete).toBe(true);
    await reportFrom();
    expect((await ask(revocationId, session.userId)).complete).toBe(false);
  });

  it('covers all it ended', async () => {
    const { open, ask, revoke, reportFrom } = aWorld();
    const { session } = await open();
    const other = (await open({ userId: session.userId })).session;
    const { revocationId } = await revoke(session.userId, session.id, other.id);
    await reportFrom();
    expect(await ask(revocationId, session.userId)).toMatchObject({ entries: 2, complete: true });
  });

  it('has no place in the feed before it is there', async () => {
    const { ask, reportFrom, revocations, clock, relay, feedLog } = aWorld();
    await feedLog.openEpoch('e1');
    await reportFrom();
    const row = aRow({ untilMs: revocationUntilMs(clock.nowMs(), ACCESS_TOKEN_SECONDS) }, 7);
    await revocations.add([row]);
    expect(await ask(row.entry.id, 7)).toMatchObject({ sequence: undefined, complete: false });
    await relay.runOnce();
    await reportFrom();
    expect((await ask(row.entry.id, 7)).sequence).toBeDefined();
  });

  it('is for its owner and for administrators; to everybody else there is none', async () => {
    const { open, ask, revoke } = aWorld();
    const { session } = await open();
    const { revocationId } = await revoke(session.userId, session.id);
    await expect(ask(revocationId, session.userId + 1)).rejects.toThrow(RevocationNotFound);
    await expect(ask(randomUUID(), session.userId)).rejects.toThrow(RevocationNotFound);
    await expect(ask(revocationId, session.userId + 1, true)).resolves.toMatchObject({ scope: 'sid' });
    await expect(ask(revocationId, session.userId)).resolves.toMatchObject({ scope: 'sid' });
  });

  it('of several people’s sessions is nobody’s but the administrators’', async () => {
    const { ask, revocations } = aWorld();
    const row = aRow({}, 7);
    const mixed = [row, aRow({ id: row.entry.id }, 8)];
    await revocations.add(mixed.map((one) => ({ ...one, entry: { ...one.entry, untilMs: 9e15 } })));
    await expect(ask(row.entry.id, 7)).rejects.toThrow(RevocationNotFound);
    await expect(ask(row.entry.id, 8)).rejects.toThrow(RevocationNotFound);
    await expect(ask(row.entry.id, 9, true)).resolves.toMatchObject({ entries: 2 });
  });

  it('finds an owner the row does not tell', async () => {
    const { open, ask, revocations } = aWorld();
    const { session } = await open();
    const rows = [
      aRow({ value: session.id, untilMs: 9e15 }, null),
      aRow({ scope: 'sub', value: String(session.userId), cutoff: 1, untilMs: 9e15 }, null),
      aRow({ scope: 'before', value: '*', cutoff: 1, untilMs: 9e15 }, null),
    ] as const;
    await revocations.add(rows);
    const [bySession, byUser, everybody] = rows.map(({ entry }) => entry.id) as [string, string, string];
    for (const id of [bySession, byUser]) {
      await expect(ask(id, session.userId)).resolves.toBeDefined();
      await expect(ask(id, session.userId + 1)).rejects.toThrow(RevocationNotFound);
    }
    await expect(ask(everybody, session.userId)).rejects.toThrow(RevocationNotFound);
    await expect(ask(everybody, session.userId, true)).resolves.toMatchObject({ scope: 'before' });
  });

  it('is gone when nothing it concerns could be accepted any more', async () => {
    const { open, ask, revoke, clock } = aWorld();
    const { session } = await open();
    const { revocationId } = await revoke(session.userId, session.id);
    clock.advance((ACCESS_TOKEN_SECONDS + 119) * 1_000);
    await expect(ask(revocationId, session.userId)).resolves.toBeDefined();
    clock.advance(2_000);
    await expect(ask(revocationId, session.userId)).rejects.toThrow(RevocationNotFound);
  });

  it('says so when it cannot be told', async () => {
    const { open, ask, revoke, revocations } = aWorld();
    const { session } = await open();
    const { revocationId } = await revoke(session.userId, session.id);
    revocations.away = true;
    await expect(ask(revocationId, session.userId)).rejects.toThrow(DatabaseUnavailable);
  });
});
