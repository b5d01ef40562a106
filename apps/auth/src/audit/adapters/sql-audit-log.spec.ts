import { FakeClock } from '@gatehouse/kernel/testing';
import type { Database } from '@gatehouse/sql';
import { databases } from '../../../test/databases.js';
import type { AuditEventRow } from './audit-event.entity.js';
import { SqlAuditLog } from './sql-audit-log.js';

describe.each(databases)('the audit log in %s', (_name, fresh) => {
  let database: Database;
  const failures: { error: unknown; lost: number }[] = [];
  const aLog = (capacity = 100) =>
    new SqlAuditLog(database.dataSource, new FakeClock(), (error, lost) => failures.push({ error, lost }), {
      capacity,
      pauseMs: 10_000,
    });
  const rows = () => database.dataSource.getRepository<AuditEventRow>('AuditEvent').find({ order: { id: 'ASC' } });

  beforeAll(async () => {
    database = await (await fresh())();
  });
  afterAll(() => database.close());
  beforeEach(async () => {
    failures.length = 0;
    await database.dataSource.getRepository('AuditEvent').clear();
  });

  it('keeps who, what, where and when, in order', async () => {
    const log = aLog();
    log.record({
      kind: 'signin.failed',
      ipAddress: '192.0.2.1',
      requestId: 'r-1',
      details: { reason: 'unknown_email' },
    });
    log.record({ kind: 'signin.succeeded', userId: 7, sessionId: 'a'.repeat(64) });
    await log.flush();
    const nothing = { userId: null, sessionId: null, ipAddress: null, requestId: null, details: null };
    const occurredAtMs = new FakeClock().nowMs();
    expect(await rows()).toEqual([
      {
        ...nothing,
        id: expect.any(Number),
        kind: 'signin.failed',
        ipAddress: '192.0.2.1',
        requestId: 'r-1',
        details: '{"reason":"unknown_email"}',
        occurredAtMs,
      },
      {
        ...nothing,
        id: expect.any(Number),
        kind: 'signin.succeeded',
        userId: 7,
        sessionId: 'a'.repeat(64),
        occurredAtMs,
      },
    ]);
  });

  it('takes more events than fit into one statement', async () => {
    const log = aLog(1_000);
    for (let n = 0; n < 450; n++) log.record({ kind: 'signout', userId: n + 1 });
    await log.flush();
    expect((await rows()).map((row) => row.userId)).toEqual(Array.from({ length: 450 }, (_, n) => n + 1));
  });

  it('cuts what clients can make long, rather than losing the event', async () => {
    const log = aLog();
    log.record({ kind: 'signout', requestId: 'x'.repeat(500), ipAddress: 'y'.repeat(500) });
    await log.flush();
    expect(await rows()).toHaveLength(1);
    expect(failures).toEqual([]);
  });

  it('keeps events while the database is away, up to its capacity, and tells how many it lost', async () => {
    const log = aLog(3);
    const repository = jest.spyOn(database.dataSource, 'getRepository').mockImplementation(() => {
      throw new Error('away');
    });
    for (let n = 1; n <= 5; n++) log.record({ kind: 'signout', userId: n });
    await log.flush();
    expect(failures).toEqual([{ error: expect.any(Error), lost: 2 }]);
    repository.mockRestore();
    await log.flush();
    expect((await rows()).map((row) => row.userId)).toEqual([1, 2, 3]);
  });
});
