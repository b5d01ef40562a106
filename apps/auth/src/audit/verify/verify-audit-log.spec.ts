import { randomBytes } from 'node:crypto';
import { FakeClock } from '@gatehouse/kernel/testing';
import type { Database } from '@gatehouse/sql';
import { databases } from '../../../test/databases.js';
import { SqlAuditChain } from '../adapters/sql-audit-chain.js';
import { SqlAuditChainReader } from '../adapters/sql-audit-chain-reader.js';
import { type ChainedRow, ChainSealer, hashOf } from '../chain.js';
import { newRowOf } from '../new-row.js';
import type { ReadRow } from './audit-chain-reader.port.js';
import { VerifyAuditLog, type VerifyAuditRequest } from './verify-audit-log.js';

const COUNT = 12;

describe.each(databases)('verification in %s', (_name, fresh) => {
  const sealer = new ChainSealer(randomBytes(32));
  let database: Database;
  let chain: SqlAuditChain;
  let reader: SqlAuditChainReader;
  const clock = new FakeClock();
  const sql = (statement: string, ...values: unknown[]) => database.dataSource.query(statement, values);
  const verify = (request: VerifyAuditRequest = {}) => new VerifyAuditLog(reader, sealer).run(request);
  const events = (count: number) =>
    Array.from({ length: count }, (_, n) =>
      newRowOf(
        { kind: 'signin.failed', userId: n, ipAddress: '192.0.2.1', details: { reason: 'wrong_password' } },
        1_000,
      ),
    );

  beforeAll(async () => {
    database = await (await fresh())();
    reader = new SqlAuditChainReader(database.dataSource);
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    await sql('DELETE FROM audit_events');
    await sql(
      `UPDATE audit_chain SET seq = 0, hash = ?, pruned_seq = 0, pruned_hash = ?, seal = NULL`,
      '0'.repeat(64),
      '0'.repeat(64),
    );
    chain = new SqlAuditChain(database.dataSource, sealer, clock);
    await chain.append(events(COUNT));
  });

  /** What somebody with all rights on the database, and this source code, makes of the rows from `seq` on. */
  async function relink(fromSeq: number, change: (row: ReadRow) => Partial<ChainedRow> = () => ({})): Promise<void> {
    const all = await reader.rows(0, 1_000);
    let before = all.find(({ seq }) => seq === fromSeq - 1)?.hash ?? '0'.repeat(64);
    for (const row of all.filter(({ seq }) => seq >= fromSeq)) {
      const next = { ...row, ...change(row), prevHash: before };
      before = hashOf(next);
      await sql(
        'UPDATE audit_events SET prev_hash = ?, hash = ?, user_id = ? WHERE seq = ?',
        next.prevHash,
        before,
        next.userId,
        row.seq,
      );
    }
  }

  it('finds nothing wrong with what nobody has touched', async () => {
    expect(await verify()).toMatchObject({ intact: true, complete: true, checked: COUNT, fault: undefined, flaws: [] });
  });

  it('finds nothing wrong with a log nobody has written yet', async () => {
    await sql('DELETE FROM audit_events');
    await sql(`UPDATE audit_chain SET seq = 0, hash = ?, seal = NULL`, '0'.repeat(64));
    expect(await verify()).toMatchObject({ intact: true, checked: 0 });
  });

  it.each(Array.from({ length: COUNT }, (_, n) => n + 1))(
    'names event %i when it was changed, whatever of it',
    async (seq) => {
      const columns = {
        kind: 'signin.succeeded',
        user_id: 99,
        actor_id: 99,
        client_id: 'x',
        session_id: 'x',
        ip_address: '198.51.100.1',
        request_id: 'x',
        details: '{}',
        occurred_at_ms: 5,
        event_id: 'x',
        witnessed: 0,
        prev_hash: 'f'.repeat(64),
        hash: 'f'.repeat(64),
      };
      for (const [column, value] of Object.entries(columns)) {
        const [before] = (await sql(`SELECT ${column} AS was FROM audit_events WHERE seq = ?`, seq)) as [
          { was: unknown },
        ];
        await sql(`UPDATE audit_events SET ${column} = ? WHERE seq = ?`, value, seq);
        expect(await verify()).toMatchObject({ intact: false, checked: seq - 1, fault: { seq, what: 'changed' } });
        await sql(`UPDATE audit_events SET ${column} = ? WHERE seq = ?`, before.was, seq);
      }
      expect(await verify()).toMatchObject({ intact: true });
    },
  );

  it.each(Array.from({ length: COUNT }, (_, n) => n + 1))('names event %i when it was removed', async (seq) => {
    await sql('DELETE FROM audit_events WHERE seq = ?', seq);
    const what = seq === COUNT ? 'truncated' : 'removed';
    expect(await verify()).toMatchObject({ intact: false, fault: { seq, what } });
  });

  it('names the first of the events that were cut off the end', async () => {
    await sql('DELETE FROM audit_events WHERE seq > 7');
    expect(await verify()).toMatchObject({ fault: { seq: 8, what: 'truncated' } });
    await sql('DELETE FROM audit_events');
    expect(await verify()).toMatchObject({ fault: { seq: 1, what: 'truncated' } });
  });

  it('names the first of two events that changed places', async () => {
    await sql('UPDATE audit_events SET seq = 100 WHERE seq = 4');
    await sql('UPDATE audit_events SET seq = 4 WHERE seq = 5');
    await sql('UPDATE audit_events SET seq = 5 WHERE seq = 100');
    expect(await verify()).toMatchObject({ fault: { seq: 4, what: 'changed' } });
  });

  it('names an event that was put in beyond the end, before the start, or in between', async () => {
    const [last] = await reader.rows(COUNT - 1, 1);
    const forged = { ...last!, seq: COUNT + 1, prevHash: last!.hash, userId: 99 };
    await sql(
      `INSERT INTO audit_events (seq, prev_hash, hash, kind, user_id, occurred_at_ms, witnessed) VALUES (?, ?, ?, 'signout', 99, 5, 1)`,
      forged.seq,
      forged.prevHash,
      hashOf({ ...forged, kind: 'signout', eventId: null, ipAddress: null, details: null, occurredAtMs: 5 }),
    );
    expect(await verify()).toMatchObject({ fault: { seq: COUNT + 1, what: 'added' } });
    await sql('UPDATE audit_events SET seq = 0 WHERE seq = ?', COUNT + 1);
    expect(await verify()).toMatchObject({ fault: { seq: 0, what: 'added' } });
  });

  it('finds an event that was put in between, all after it moved along and linked anew', async () => {
    for (let seq = COUNT; seq >= 5; seq--) await sql('UPDATE audit_events SET seq = ? WHERE seq = ?', seq + 1, seq);
    await sql(`INSERT INTO audit_events (seq, kind, occurred_at_ms, witnessed) VALUES (5, 'signout', 5, 1)`);
    await relink(5);
    expect(await verify()).toMatchObject({ intact: false, fault: { seq: COUNT + 1, what: 'added' } });
  });

  it('finds a chain that was written anew without a flaw, since only the service can seal it', async () => {
    await relink(3, ({ seq }) => (seq === 3 ? { userId: 99 } : {}));
    expect(await verify()).toMatchObject({ intact: false, fault: { seq: COUNT, what: 'rewritten' } });
    const [last] = await reader.rows(COUNT - 1, 1);
    await sql('UPDATE audit_chain SET hash = ?', last!.hash);
    expect(await verify()).toMatchObject({ intact: false, fault: { seq: COUNT, what: 'seal_broken' } });
    await sql('DELETE FROM audit_chain');
    expect(await verify()).toMatchObject({ intact: false, fault: { what: 'seal_missing' } });
    await sql(
      `INSERT INTO audit_chain (id, seq, hash, pruned_seq, pruned_hash, seal) VALUES (1, ?, ?, 0, ?, NULL)`,
      COUNT,
      last!.hash,
      '0'.repeat(64),
    );
    expect(await verify()).toMatchObject({ intact: false, fault: { what: 'seal_broken' } });
  });

  it('finds a chain that was rewound to an end that once was right, by what was noted down elsewhere', async () => {
    const [old] = (await sql('SELECT * FROM audit_chain')) as [{ seq: number; hash: string; seal: string }];
    const { head } = await chain.append(events(3));
    await sql('DELETE FROM audit_events WHERE seq > ?', COUNT);
    await sql('UPDATE audit_chain SET seq = ?, hash = ?, seal = ?', old.seq, old.hash, old.seal);
    expect(await verify()).toMatchObject({ intact: true });
    expect(await verify({ checkpoint: head })).toMatchObject({
      intact: false,
      fault: { seq: COUNT + 1, what: 'truncated' },
    });
    await new SqlAuditChain(database.dataSource, sealer, clock).append(events(9));
    expect(await verify()).toMatchObject({ intact: true });
    expect(await verify({ checkpoint: head })).toMatchObject({
      intact: false,
      fault: { seq: COUNT + 3, what: 'rewritten' },
    });
  });

  it('reads as long as it may, and goes on where it stopped', async () => {
    await chain.append(events(2_500));
    let elapsedMs = 0;
    const slow = new VerifyAuditLog(reader, sealer, () => (elapsedMs += 100));
    const progress: number[] = [];
    const first = await slow.run({ budgetMs: 50, onProgress: (checked) => progress.push(checked) });
    expect(first).toMatchObject({ intact: true, complete: false, checked: 1_000, nextSeq: 1_001 });
    expect(progress).toEqual([1_000]);
    const rest = await verify({ fromSeq: first.nextSeq! });
    expect(rest).toMatchObject({ intact: true, complete: true, checked: 1_512 });
    await sql('UPDATE audit_events SET user_id = 99 WHERE seq = 2000');
    expect(await verify({ fromSeq: first.nextSeq! })).toMatchObject({ fault: { seq: 2_000, what: 'changed' } });
  });

  it('is not misled by events that are added or removed by age while it reads', async () => {
    await chain.append(events(2_500));
    let reads = 0;
    jest.spyOn(reader, 'rows').mockImplementation(async (afterSeq, limit) => {
      if (reads++ === 1) {
        await chain.prune(clock.nowMs() + 1);
        await chain.prune(clock.nowMs() + 1);
        await chain.prune(clock.nowMs() + 1);
        await chain.append(events(10));
      }
      return SqlAuditChainReader.prototype.rows.call(reader, afterSeq, limit);
    });
    expect(await verify()).toMatchObject({ intact: true, complete: true });
    jest.restoreAllMocks();
    expect(await verify()).toMatchObject({ intact: true, head: { prunedSeq: 1_500 } });
  });
});
