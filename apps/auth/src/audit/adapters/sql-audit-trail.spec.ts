import type { DataSource } from 'typeorm';
import { databases } from '../../../test/databases.js';
import { newestEvents } from './sql-audit-trail.js';

const AT_MS = 1_768_473_000_000;
const before = { occurredAtMs: AT_MS + 25_000_000, id: 25_000 };
const anyKind = { kind: undefined, before: undefined };

describe.each(databases)('a page of the audit log in %s', (name, fresh) => {
  let dataSource: DataSource;
  beforeAll(async () => {
    ({ dataSource } = await (await fresh())());
    // Of a small table, sorting the whole is what a database rightly prefers.
    const values = Array.from(
      { length: 50_000 },
      (_, n) => `('kind.${n % 20}', ${n % 50}, ${n % 40}, 'client-${n % 30}', ${AT_MS + n * 1_000})`,
    );
    await dataSource.query(
      `INSERT INTO audit_events (kind, user_id, actor_id, client_id, occurred_at_ms) VALUES ${values.join()}`,
    );
    await dataSource.query(name === 'MySQL' ? 'ANALYZE TABLE audit_events' : 'ANALYZE');
  });

  it.each([
    ['of one person', { ...anyKind, userId: 7 }, 'ix_audit_events_user'],
    ['of one person, further on', { kind: undefined, userId: 7, before }, 'ix_audit_events_user'],
    ['of one who did it', { ...anyKind, actorId: 7 }, 'ix_audit_events_actor'],
    ['of one client', { ...anyKind, clientId: 'client-7' }, 'ix_audit_events_client'],
    ['of one kind', { kind: 'signin.failed' as const, before: undefined }, 'ix_audit_events_kind'],
    ['of all', anyKind, 'ix_audit_events_time'],
    ['of all, further on', { kind: undefined, before }, 'ix_audit_events_time'],
    ['of a span of time', { ...anyKind, fromMs: AT_MS, untilMs: AT_MS + 1_000_000 }, 'ix_audit_events_time'],
  ])('%s is read from an index in its order, however long the log', async (_what, query, index) => {
    const [statement, parameters] = newestEvents(dataSource, query, 50).getQueryAndParameters();
    const explain = name === 'MySQL' ? 'EXPLAIN' : 'EXPLAIN QUERY PLAN';
    const plan = (await dataSource.query(`${explain} ${statement}`, parameters)) as Record<string, unknown>[];
    if (name === 'MySQL') {
      expect(plan).toMatchObject([{ key: index }]);
      expect(String(plan[0]!['Extra'])).not.toContain('filesort');
    } else {
      const details = plan.map(({ detail }) => String(detail)).join('\n');
      expect(details).toContain(`USING INDEX ${index}`);
      expect(details).not.toContain('TEMP B-TREE');
    }
  });
});
