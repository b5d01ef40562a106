import { randomBytes } from 'node:crypto';
import { FakeClock } from '@gatehouse/kernel/testing';
import { createLogger, Metrics } from '@gatehouse/observability';
import type { Database } from '@gatehouse/sql';
import { databases } from '../../test/databases.js';
import type { AuditEventRow } from './adapters/audit-event.entity.js';
import { type WiredAudit, wireAudit } from './adapters/wire-audit.js';

const DAY_MS = 86_400_000;

describe.each(databases)('looking after the audit log in %s', (_name, fresh) => {
  let database: Database;
  let clock: FakeClock;
  let lines: string[];
  const wired = (retentionDays = 400): WiredAudit =>
    wireAudit({
      dataSource: database.dataSource,
      clock,
      metrics: new Metrics('auth', { processFigures: false }),
      logger: createLogger({ service: 'auth', destination: { write: (line) => void lines.push(line) } }),
      masterKey: key,
      otherMasterKey: undefined,
      retentionDays,
    });
  const key = randomBytes(32);
  const kinds = async () => {
    const rows = await database.dataSource.getRepository<AuditEventRow>('AuditEvent').find({ order: { seq: 'ASC' } });
    return rows.map(({ kind }) => kind);
  };
  const logged = (msg: string) =>
    lines.map((line) => JSON.parse(line) as Record<string, unknown>).filter((line) => line['msg'] === msg);

  beforeEach(async () => {
    database = await (await fresh())();
    clock = new FakeClock();
    lines = [];
  });
  afterEach(() => database.close());

  it('removes what is older than asked for, and writes down that it did', async () => {
    const { log, keeper, verify } = wired(30);
    log.record({ kind: 'signout', userId: 1 });
    await log.flush();
    clock.advance(20 * DAY_MS);
    log.record({ kind: 'signin.succeeded', userId: 1 });
    await log.flush();
    await keeper.look();
    expect(await kinds()).toEqual(['signout', 'signin.succeeded']);
    clock.advance(10 * DAY_MS + 1);
    await keeper.look();
    await log.flush();
    expect(await kinds()).toEqual(['signin.succeeded', 'audit.pruned']);
    expect(await verify.run()).toMatchObject({ intact: true, head: { prunedSeq: 1 } });
  });

  it('removes nothing where events are kept for ever', async () => {
    const { log, keeper } = wired(0);
    log.record({ kind: 'signout', userId: 1 });
    await log.flush();
    clock.advance(100_000 * DAY_MS);
    await keeper.look();
    expect(await kinds()).toEqual(['signout']);
  });

  it('tells the end of the chain outside the database, once for each end', async () => {
    const { log, keeper, verify } = wired();
    log.record({ kind: 'signout', userId: 1 });
    await log.flush();
    await keeper.look();
    await keeper.look();
    const told = logged('audit checkpoint');
    expect(told).toMatchObject([{ seq: 1, hash: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    const checkpoint = { seq: 1, hash: String(told[0]!['hash']) };
    expect(await verify.run({ checkpoint })).toMatchObject({ intact: true });
  });

  it('notices damage though nothing else happens, says so, and counts it', async () => {
    const { log, keeper, verify } = wired();
    log.record({ kind: 'signout', userId: 1 });
    await log.flush();
    await database.dataSource.query('DELETE FROM audit_events');
    await keeper.look();
    expect(logged('the audit log has been tampered with; run `npm run audit:verify`')).toMatchObject([
      { found: 'tail_removed' },
    ]);
    expect(await kinds()).toEqual(['audit.tampered']);
    expect((await verify.run()).intact).toBe(false);
  });

  it('links what another version has written, and says how many', async () => {
    const { keeper, verify } = wired();
    for (let n = 0; n < 3; n++) {
      await database.dataSource.query(
        `INSERT INTO audit_events (kind, occurred_at_ms) VALUES ('signout', ${clock.nowMs()})`,
      );
    }
    await keeper.look();
    expect(logged('linked audit events that this version has not written')).toMatchObject([{ count: 3 }]);
    expect(await verify.run()).toMatchObject({ intact: true, checked: 3, adopted: 3, unlinked: 0 });
  });

  it('goes on the next time when the database was away', async () => {
    const { log, keeper } = wired(30);
    log.record({ kind: 'signout', userId: 1 });
    await log.flush();
    clock.advance(31 * DAY_MS);
    const away = jest.spyOn(database.dataSource, 'transaction').mockRejectedValue(new Error('away'));
    await keeper.look();
    away.mockRestore();
    expect(logged('the audit log could not be looked after')).toHaveLength(1);
    await keeper.look();
    expect(await kinds()).toEqual([]);
  });
});
