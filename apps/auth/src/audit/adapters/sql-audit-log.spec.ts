import { randomBytes } from 'node:crypto';
import { DatabaseUnavailable } from '@gatehouse/failures';
import { FakeClock } from '@gatehouse/kernel/testing';
import type { Database } from '@gatehouse/sql';
import { eventually } from '@gatehouse/testing';
import { databases } from '../../../test/databases.js';
import { unwatched } from '../../../test/unwatched.js';
import { ChainSealer } from '../chain.js';
import type { AuditEventRow } from './audit-event.entity.js';
import { type Appended, SqlAuditChain } from './sql-audit-chain.js';
import { type AuditBuffer, SqlAuditLog } from './sql-audit-log.js';

/** The chain, with a switch that takes it away, or lets it write without saying so. */
class SwitchedChain {
  mode: 'works' | 'away' | 'hangs' | 'mute' = 'works';
  attempts = 0;

  constructor(private readonly chain: SqlAuditChain) {}

  async append(...args: Parameters<SqlAuditChain['append']>): Promise<Appended> {
    this.attempts++;
    if (this.mode === 'away') throw new DatabaseUnavailable('switched off by the test');
    if (this.mode === 'hangs') return new Promise(() => undefined);
    const appended = await this.chain.append(...args);
    if (this.mode === 'mute') throw new DatabaseUnavailable('written, and not said');
    return appended;
  }
}

describe.each(databases)('the audit log in %s', (_name, fresh) => {
  let database: Database;
  let clock: FakeClock;
  let chain: SwitchedChain;
  let told: string[];
  const aLog = (buffer: AuditBuffer = { capacity: 100, pauseMs: 10_000 }) =>
    new SqlAuditLog(
      chain,
      clock,
      {
        ...unwatched,
        failed: () => told.push('failed'),
        lost: (events) => told.push(`lost ${events}`),
        leftOut: () => told.push('left out'),
      },
      buffer,
    );
  const rows = () => database.dataSource.getRepository<AuditEventRow>('AuditEvent').find({ order: { seq: 'ASC' } });
  const users = async () => (await rows()).map(({ userId }) => userId);

  beforeEach(async () => {
    database = await (await fresh())();
    clock = new FakeClock();
    chain = new SwitchedChain(new SqlAuditChain(database.dataSource, new ChainSealer(randomBytes(32)), clock));
    told = [];
  });
  afterEach(() => database.close());

  it('keeps who, what, where and when, in order (R15)', async () => {
    const log = aLog();
    log.record({
      kind: 'signin.failed',
      ipAddress: '192.0.2.1',
      requestId: 'r-1',
      details: { reason: 'unknown_email' },
    });
    log.record({ kind: 'roles.changed', userId: 7, actorId: 1, clientId: 'web', sessionId: 'a'.repeat(64) });
    await log.flush();
    const nothing = { userId: null, actorId: null, clientId: null, sessionId: null, ipAddress: null, requestId: null };
    const expected = { ...nothing, details: null, occurredAtMs: clock.nowMs(), witnessed: 1 };
    expect(await rows()).toMatchObject([
      {
        ...expected,
        kind: 'signin.failed',
        ipAddress: '192.0.2.1',
        requestId: 'r-1',
        details: '{"reason":"unknown_email"}',
      },
      { ...expected, kind: 'roles.changed', userId: 7, actorId: 1, clientId: 'web', sessionId: 'a'.repeat(64) },
    ]);
  });

  it('takes more events than fit into one statement', async () => {
    const log = aLog({ capacity: 1_000, pauseMs: 10_000 });
    for (let n = 0; n < 450; n++) log.record({ kind: 'signout', userId: n + 1 });
    await log.flush();
    expect(await users()).toEqual(Array.from({ length: 450 }, (_, n) => n + 1));
  });

  it('cuts what clients can make long, and keeps each event one line, rather than losing it (C27)', async () => {
    const log = aLog();
    log.record({ kind: 'signout', requestId: 'x'.repeat(500), ipAddress: 'y'.repeat(500), clientId: 'z'.repeat(500) });
    log.record({
      kind: 'signin.failed',
      requestId: 'a\r\n{"kind":"signin.succeeded"}',
      details: { reason: 'a\u202eb\u2028c\u0000d\ud800', 'na\nme': 'x'.repeat(9_999) },
    });
    await log.flush();
    const [cut, clean] = await rows();
    expect(cut).toMatchObject({ requestId: 'x'.repeat(128), ipAddress: 'y'.repeat(45), clientId: 'z'.repeat(128) });
    expect(clean!.requestId).toBe('a\ufffd\ufffd{"kind":"signin.succeeded"}');
    expect(JSON.parse(clean!.details!)).toEqual({
      reason: 'a\ufffdb\ufffdc\ufffdd\ufffd',
      'na\ufffdme': 'x'.repeat(256),
    });
    expect(told).toEqual([]);
  });

  it('keeps events while the database is away, up to its capacity, and says in the log itself how many it lost', async () => {
    const log = aLog({ capacity: 3, pauseMs: 10_000 });
    chain.mode = 'away';
    for (let n = 1; n <= 5; n++) log.record({ kind: 'signout', userId: n });
    await log.flush();
    expect(told).toEqual(['lost 1', 'lost 1', 'failed']);
    chain.mode = 'works';
    await log.flush();
    await log.flush();
    const written = await rows();
    expect(written.map(({ userId }) => userId)).toEqual([null, 1, 2, 3]);
    expect(written[0]).toMatchObject({ kind: 'audit.lost', details: '{"count":2}' });
  });

  it('writes an event once, though an earlier attempt wrote it and nobody heard', async () => {
    const log = aLog();
    chain.mode = 'mute';
    log.record({ kind: 'signout', userId: 1 });
    await log.flush();
    chain.mode = 'works';
    log.record({ kind: 'signout', userId: 2 });
    await log.flush();
    expect(await users()).toEqual([1, 2]);
  });

  describe('an event that must be safe first', () => {
    it('is in the log once its recording resolves, and in line with those before it', async () => {
      const log = aLog();
      log.record({ kind: 'signout', userId: 1 });
      await log.recordDurably({ kind: 'impersonation.started', userId: 2, actorId: 1 });
      expect(await users()).toEqual([1, 2]);
    });

    it('is refused while the database is away or hangs, within a second, and not tried again', async () => {
      const log = aLog();
      for (const mode of ['away', 'hangs'] as const) {
        chain.mode = mode;
        const startedMs = performance.now();
        await expect(log.recordDurably({ kind: 'impersonation.started', userId: 2 })).rejects.toThrow(
          DatabaseUnavailable,
        );
        expect(performance.now() - startedMs).toBeLessThan(1_000);
        expect(log.waiting).toBe(0);
      }
    });
  });

  describe('a request', () => {
    const change = { kind: 'roles.changed', userId: 2, actorId: 1, requestId: 'r-2' } as const;

    it('waits for what it recorded, where its kind asks for that, and for nothing else', async () => {
      const log = aLog();
      log.record({ kind: 'signout', userId: 1, requestId: 'r-1' });
      await log.settle('r-1');
      expect(await users()).toEqual([]);
      log.record(change);
      await log.settle('r-2');
      expect(await users()).toEqual([1, 2]);
    });

    it('is refused while the database is away, and the event stays in line for when it is back', async () => {
      const log = aLog();
      chain.mode = 'away';
      log.record(change);
      await expect(log.settle('r-2')).rejects.toThrow(DatabaseUnavailable);
      chain.mode = 'works';
      await log.flush();
      expect(await users()).toEqual([2]);
    });

    it('shares its write with all others that wait: a hundred are two writes', async () => {
      const log = aLog({ capacity: 1_000, pauseMs: 10_000 });
      const requests = Array.from({ length: 100 }, (_, n) => `r-${n}`);
      for (const requestId of requests) log.record({ ...change, requestId });
      await Promise.all(requests.map((requestId) => log.settle(requestId)));
      expect(await rows()).toHaveLength(100);
      expect(chain.attempts).toBeLessThanOrEqual(2);
    });
  });

  it('writes by itself, and again by itself after the database was away', async () => {
    const log = aLog({ capacity: 100, pauseMs: 10 });
    chain.mode = 'away';
    log.record({ kind: 'signout', userId: 1 });
    await eventually(async () => expect(told).toEqual(['failed']));
    chain.mode = 'works';
    await eventually(async () => expect(await users()).toEqual([1]));
  });

  it('writes of a flood as much as somebody can read, and how much more there was', async () => {
    const log = aLog({ capacity: 10_000, pauseMs: 10_000 });
    for (let n = 0; n < 1_000; n++) log.record({ kind: 'access.denied', ipAddress: '192.0.2.1', requestId: `r-${n}` });
    log.record({ kind: 'access.denied', ipAddress: '198.51.100.1', requestId: 'other' });
    for (let n = 0; n < 50; n++) log.record({ kind: 'signin.failed', ipAddress: '192.0.2.1' });
    clock.advance(60_000);
    await log.flush();
    const written = await rows();
    expect(written.filter(({ kind }) => kind === 'signin.failed')).toHaveLength(50);
    const denied = written.filter(({ kind }) => kind === 'access.denied');
    expect(denied.map(({ requestId }) => requestId)).toEqual([
      ...Array.from({ length: 20 }, (_, n) => `r-${n}`),
      'other',
      null,
    ]);
    expect(JSON.parse(denied.at(-1)!.details!)).toEqual({ left_out: 980, network: '192.0.2.1' });
  });
});
