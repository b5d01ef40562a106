import { join } from 'node:path';
import { FakeClock } from '@gatehouse/kernel/testing';
import { testFolder } from '@gatehouse/testing';
import type { DataSource } from 'typeorm';
import { aPersonOf, PASSWORD, type Person } from '../../test/admin-of.js';
import { databases, opener } from '../../test/databases.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { HOUR_MS } from '../audit/figures.js';
import { figuresStatement, SqlAuditFigures } from './adapters/sql-audit-figures.js';
import { ShowReport } from './show-report.js';

const PATH = '/api/v1/admin/analytics';

describe('the figures of the dashboard', () => {
  const folder = testFolder('analytics');
  let auth: RunningAuth;
  let admin: Person;
  let person: Person;
  const ask = (path: string, token = admin.token) => auth.ask('GET', `${PATH}/${path}`, { token });

  beforeAll(async () => {
    auth = await startAuth({ DATA_DIR: folder });
    admin = await aPersonOf(auth, ['admin', 'user']);
    person = await aPersonOf(auth);
    for (const password of ['wrong', 'wrong', PASSWORD]) {
      await auth.ask('POST', '/api/v1/auth/signin', { body: { email: person.email, password } });
    }
    await auth.ask('POST', '/api/v1/auth/signin', { body: { email: 'nobody@example.test', password: 'wrong' } });
    await auth.ask('POST', '/api/v1/auth/signout', { token: person.token });
    await auth.app.get(AuditLog).flush();
  });
  afterAll(() => auth.close());

  it('count sign-ins and why they failed', async () => {
    const { status, body } = await ask('logins');
    expect(status).toBe(200);
    expect(body.data).toMatchObject({
      step: 'hour',
      totals: { succeeded: 3, failed: 3, throttled: 0, signed_up: 2 },
      reasons: { failed: { wrong_password: 2, unknown_email: 1 } },
    });
    expect(body.data.spans).toHaveLength(24);
    const counted = (body.data.spans as { counts: { succeeded: number } }[]).map(({ counts }) => counts.succeeded);
    expect(counted.reduce((sum, count) => sum + count)).toBe(3);
  });

  it('count sessions, and tell how many there are', async () => {
    const { body } = await ask('sessions');
    expect(body.data).toMatchObject({ totals: { opened: 3, signed_out: 1 }, now: { live: 2 } });
  });

  it('count revocations, and tell how many wait', async () => {
    const { body } = await ask('revocations?step=day');
    expect(body.data).toMatchObject({ step: 'day', totals: { sessions: 1, keys: 0 } });
    expect(body.data.now.waiting_for_the_feed).toEqual(expect.any(Number));
    expect(body.data.spans).toHaveLength(30);
  });

  it('count devices', async () => {
    expect((await ask('devices')).body.data.totals).toEqual({ new: expect.any(Number), removed: 0 });
  });

  it('are for a span of one’s own, whole hours or days of it', async () => {
    const { body } = await ask('logins?step=day&from=2026-01-01&until=2026-01-02T00:00:01Z');
    expect(body.data).toMatchObject({ from: '2026-01-01T00:00:00.000Z', until: '2026-01-03T00:00:00.000Z' });
    expect(body.data.spans).toHaveLength(2);
  });

  it.each([
    'from=2026-01-02&until=2026-01-01',
    'from=2026-01-01&until=2026-01-01',
    'from=2026-01-01&until=2026-02-02',
    'step=day&from=2024-01-01&until=2026-01-01',
    'step=week',
    'from=x',
    'from=9999-12-31',
    'x=1',
  ])('refuse ?%s as a client’s mistake', async (query) => {
    const { status, body } = await ask(`logins?${query}`);
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it.each(['sessions', 'logins', 'revocations', 'devices'])('%s: closed to all but administrators', async (report) => {
    expect((await ask(report, (await aPersonOf(auth)).token)).body.error.code).toBe('FORBIDDEN');
    expect((await auth.ask('GET', `${PATH}/${report}`)).status).toBe(401);
  });
});

describe.each(databases)('figures in %s', (name, fresh) => {
  let dataSource: DataSource;
  beforeAll(async () => {
    ({ dataSource } = await (await fresh())());
    const values = ['signin.succeeded', 'signin.failed', 'signout'].flatMap((kind) =>
      Array.from({ length: 2_000 }, (_, hour) => `('${kind}', ${hour}, '', ${hour % 10})`),
    );
    await dataSource.query(`INSERT INTO audit_figures (kind, hour, reason, total) VALUES ${values.join()}`);
  });

  it('are added up by day', async () => {
    const counted = await new SqlAuditFigures(dataSource).count({
      kinds: ['signout'],
      fromMs: 48 * HOUR_MS,
      untilMs: 96 * HOUR_MS,
      stepHours: 24,
    });
    const total = (fromHour: number) =>
      Array.from({ length: 24 }, (_, n) => (fromHour + n) % 10).reduce((a, b) => a + b);
    expect([...counted].sort((a, b) => a.startMs - b.startMs)).toEqual([
      { kind: 'signout', reason: '', startMs: 48 * HOUR_MS, total: total(48) },
      { kind: 'signout', reason: '', startMs: 72 * HOUR_MS, total: total(72) },
    ]);
  });

  it('are read from a stretch of an index, however many there are', async () => {
    const { statement, values } = figuresStatement({
      kinds: ['signin.succeeded', 'signin.failed'],
      fromMs: 100 * HOUR_MS,
      untilMs: 124 * HOUR_MS,
      stepHours: 1,
    });
    const explain = name === 'MySQL' ? 'EXPLAIN' : 'EXPLAIN QUERY PLAN';
    const [plan] = (await dataSource.query(`${explain} ${statement}`, values)) as [Record<string, unknown>];
    if (name === 'MySQL') {
      expect(plan).toMatchObject({ type: 'range', key: 'PRIMARY' });
      expect(Number(plan['rows'])).toBeLessThan(200);
    } else {
      expect(plan['detail']).toMatch(/SEARCH audit_figures USING INDEX \S+ \(kind=\? AND hour>\? AND hour<\?\)/);
    }
  });

  it('leave out what cannot be told at the moment, and show the rest', async () => {
    const report = new ShowReport(
      new SqlAuditFigures(dataSource),
      { sessions: { live: () => Promise.reject(new Error('away')), other: async () => 7 } },
      new FakeClock(),
    );
    expect((await report.run({ report: 'sessions', step: 'hour' })).now).toEqual({ live: undefined, other: 7 });
  });
});

it('go back to before the last start', async () => {
  const folder = testFolder('analytics-kept');
  const first = await startAuth({ DATA_DIR: folder });
  await aPersonOf(first);
  await first.close();
  const database = await (await opener(`sqlite:${join(folder, 'auth.sqlite')}`))();
  const rows: unknown = await database.dataSource.query(
    `SELECT total FROM audit_figures WHERE kind = 'signup.succeeded'`,
  );
  expect(rows).toEqual([{ total: 1 }]);
  await database.close();
});
