import { DatabaseUnavailable } from '@gatehouse/failures';
import { FakeClock } from '@gatehouse/kernel/testing';
import { eventually, sleep } from '@gatehouse/testing';
import { MemorySessionLedger } from '../memory/index.js';
import { aRecord } from '../testing/index.js';
import { LedgerWriter, type LedgerWriterSettings } from './ledger-writer.js';
import type { LedgerEntry } from './session-ledger.port.js';

/** A ledger that can be away, and slow, and that remembers what it was asked to write. */
class ScriptedLedger extends MemorySessionLedger {
  readonly batches: (readonly LedgerEntry[])[] = [];
  away = false;
  slowMs = 0;

  override async write(entries: readonly LedgerEntry[]) {
    await sleep(this.slowMs);
    if (this.away) throw new DatabaseUnavailable('switched off by the test');
    this.batches.push(entries);
    return super.write(entries);
  }
}

function aWorld(settings: LedgerWriterSettings = {}) {
  const clock = new FakeClock();
  const ledger = new ScriptedLedger(clock, 86_400_000);
  const problems: string[] = [];
  const options = { retryMs: 5, onProblem: (what: string) => void problems.push(what), ...settings };
  const writer = new LedgerWriter(ledger, clock, options);
  const written = () => eventually(() => expect(writer.status().waiting).toBe(0));
  return { clock, ledger, writer, problems, written };
}

describe('the writer of the ledger', () => {
  it('writes all that gathers while one batch is under way with the next, and of a session only the latest', async () => {
    const { clock, ledger, writer, written } = aWorld();
    ledger.slowMs = 20;
    const record = aRecord(clock);
    writer.changed(record);
    await sleep(5);
    for (let version = 2; version < 40; version++) writer.changed({ ...record, version });
    for (let n = 0; n < 10; n++) writer.changed(aRecord(clock));
    await written();
    expect(ledger.batches.map((batch) => batch.length)).toEqual([1, 11]);
    expect((await ledger.ofUser(record.userId)).open[0]?.version).toBe(39);
  });

  it('never writes more at a time than it may', async () => {
    const { clock, ledger, writer, written } = aWorld({ batchSize: 4 });
    for (let n = 0; n < 10; n++) writer.changed(aRecord(clock));
    await written();
    expect(ledger.batches.map((batch) => batch.length)).toEqual([4, 4, 2]);
  });

  it('tells whoever asks what became of it, and no later than they wait', async () => {
    const { clock, ledger, writer } = aWorld();
    const record = aRecord(clock, { rotation: 2, rotatedAtMs: 5 });
    writer.changed(record);
    expect(await writer.settled(record.id, 1_000)).toBe('kept');
    writer.changed({ ...record, rotation: 1 });
    expect(await writer.settled(record.id, 1_000)).toBe('contradicted');
    expect(await writer.settled('f'.repeat(64), 1_000)).toBe('kept');
    ledger.slowMs = 100;
    writer.changed({ ...record, rotation: 3 });
    expect(await writer.settled(record.id, 10)).toBe('late');
    await writer.stop(1_000);
    expect((await ledger.ofUser(record.userId)).open[0]?.rotation).toBe(3);
  });

  it('holds on to what cannot be written, says so once, and nobody waits for it', async () => {
    const { clock, ledger, writer, problems, written } = aWorld();
    ledger.away = true;
    const [live, over] = [aRecord(clock), aRecord(clock)];
    writer.changed(live);
    writer.changed(over);
    expect(await writer.settled(live.id, 60_000)).toBe('late');
    writer.ended({ userId: over.userId, sessionId: over.id, reason: 'user_signout' });
    writer.changed({ ...live, version: 8 });
    clock.advance(7_000);
    expect(await writer.settled(live.id, 60_000)).toBe('late');
    expect(writer.status()).toEqual({ waiting: 2, oldestMs: 7_000, dropped: 0, reachable: false });
    await sleep(40);
    expect(problems).toHaveLength(1);

    ledger.away = false;
    await written();
    expect(writer.status()).toEqual({ waiting: 0, oldestMs: 0, dropped: 0, reachable: true });
    expect((await ledger.ofUser(live.userId)).open[0]?.version).toBe(8);
    expect(await ledger.ofUser(over.userId)).toEqual({ open: [], endedIds: [over.id] });
  });

  it('in a long outage gives up news of live sessions, the oldest first, and never an end', async () => {
    const { clock, ledger, writer, written } = aWorld({ maxWaiting: 3 });
    ledger.away = true;
    const ended = Array.from({ length: 5 }, () => aRecord(clock));
    const live = Array.from({ length: 5 }, () => aRecord(clock));
    for (const { userId, id } of ended) writer.ended({ userId, sessionId: id, reason: 'user_signout' });
    for (const record of live) writer.changed(record);
    expect(writer.status()).toMatchObject({ waiting: 5, dropped: 5 });
    ledger.away = false;
    await written();
    for (const { userId, id } of ended) expect((await ledger.ofUser(userId)).endedIds).toEqual([id]);
  });

  it('writes what waits before it stops, and does not wait for a ledger that is away', async () => {
    const { clock, ledger, writer } = aWorld();
    ledger.slowMs = 30;
    const record = aRecord(clock);
    writer.changed(record);
    await writer.stop(2_000);
    expect((await ledger.ofUser(record.userId)).open).toEqual([record]);

    const other = aWorld({ retryMs: 60_000 });
    other.ledger.away = true;
    other.writer.changed(aRecord(clock));
    await eventually(() => expect(other.writer.status().reachable).toBe(false));
    const startedMs = performance.now();
    await other.writer.stop(2_000);
    expect(performance.now() - startedMs).toBeLessThan(500);
    expect(other.writer.status().waiting).toBe(1);
  });
});
