import { eventually, type MysqlServer, type RedisServer, startMysql, startRedis } from '@gatehouse/testing';
import { aPersonOf, PASSWORD, type Person } from '../../test/admin-of.js';
import { opener } from '../../test/databases.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { generateSecrets } from '../config/embedded-secrets.js';
import { AuditLog } from './audit-log.port.js';
import { AuditTrail } from './audit-trail.port.js';
import { VerifyAuditLog } from './verify/verify-audit-log.js';

const secrets = generateSecrets();

describe('while the database comes and goes', () => {
  let redis: RedisServer;
  let mysql: MysqlServer;
  let url: string;
  let auth: RunningAuth;
  let admin: Person;
  const kindsOf = async (requestId: string) => {
    const database = await (await opener(url))();
    const rows = await database.dataSource.query<{ kind: string }[]>(
      'SELECT kind FROM audit_events WHERE request_id = ?',
      [requestId],
    );
    await database.close();
    return rows.map(({ kind }) => kind);
  };

  beforeAll(async () => {
    [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
    ({ url } = await mysql.createDatabase());
    auth = await startAuth({
      KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
      ROOT_SIGNING_KEY: secrets.rootSigningKey,
      REDIS_URL: redis.url,
      DATABASE_URL: url,
    });
    await eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'));
    admin = await aPersonOf(auth, ['admin', 'user']);
  });
  afterAll(async () => {
    await auth.close();
    await Promise.all([redis.stop(), mysql.stop()]);
  });

  it('what must not be lost is in the database when the answer comes; the rest follows', async () => {
    const body = { current: PASSWORD, new: 'another horse battery' };
    const { token } = await aPersonOf(auth);
    const changed = await auth.ask('POST', '/api/v1/auth/password/change', { token, body });
    expect(changed.status).toBe(200);
    expect(await kindsOf(changed.headers['x-request-id']!)).toContain('password.changed');
  });

  it('reading and checking the log is refused within two seconds while it is away, signing out is not, and nothing is lost', async () => {
    const { id, token } = await aPersonOf(auth);
    await auth.app.get(AuditLog).flush();
    await mysql.kill();
    for (const path of ['audit', 'audit/verify', 'analytics/logins']) {
      const startedMs = performance.now();
      const answer = await auth.ask('GET', `/api/v1/admin/${path}`, { token: admin.token });
      expect([path, answer.status, answer.body.error.code]).toEqual([path, 503, 'DEGRADED_UNAVAILABLE']);
      expect(performance.now() - startedMs).toBeLessThan(2_000);
    }
    const startedMs = performance.now();
    const signedOut = await auth.ask('POST', '/api/v1/auth/signout', { token });
    expect(signedOut.status).toBe(200);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    await expect(
      auth.app
        .get(AuditLog)
        .recordDurably({ kind: 'impersonation.started', userId: id, actorId: admin.id, requestId: 'never' }),
    ).rejects.toThrow('did not do');

    await mysql.start();
    await eventually(
      async () => {
        const { entries } = await auth.app.get(AuditTrail).page({ userId: id, limit: 10 });
        expect(entries.map(({ kind }) => kind)).toContain('signout');
      },
      { timeoutMs: 20_000 },
    );
    expect(await kindsOf('never')).toEqual([]);
    expect(await auth.app.get(VerifyAuditLog).run()).toMatchObject({ intact: true, complete: true });
  }, 60_000);
});
