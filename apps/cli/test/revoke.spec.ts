import { FEED_STREAM_KEY } from '@gatehouse/contracts';
import { createSessionValidator, type SessionValidator } from '@gatehouse/session-validator';
import { aSession } from '@gatehouse/session-store/testing';
import { eventually, freePort, freshMysqlDatabaseUrl, type RedisServer, startRedis } from '@gatehouse/testing';
import { createConnection } from 'mysql2/promise';
import type { Outcome } from '../src/revoke/outcome.js';
import { FeedWriter } from './harness/feed-writer.js';
import { type Env, gatehouse } from './harness/gatehouse.js';
import { OutboxDatabase } from './harness/outbox-database.js';

const SID = 'c'.repeat(64);
const now = () => Math.floor(Date.now() / 1000);

describe('revoke, beside a running auth service', () => {
  let redis: RedisServer;
  let database: OutboxDatabase;
  let writer: FeedWriter;
  let service: SessionValidator;
  let env: Env;

  beforeAll(async () => {
    [redis, database] = await Promise.all([startRedis(), OutboxDatabase.create()]);
    writer = await FeedWriter.begin(redis.url, database.outbox);
    service = createSessionValidator({ redisUrl: redis.url, trustAnchor: writer.issuer.trustAnchor });
    await service.ready();
    env = { REDIS_URL: redis.url, DATABASE_URL: database.url, ACCESS_TOKEN_EXPIRY: '15m' };
  }, 60_000);
  afterAll(async () => {
    await service.close();
    await writer.close();
    await database.close();
    await redis.stop();
  });

  async function revoke(...args: string[]): Promise<Outcome> {
    const ended = await gatehouse(['revoke', '--json', ...args], env);
    expect({ code: ended.code, stderr: ended.stderr }).toEqual({ code: 0, stderr: '' });
    return ended.json<Outcome>();
  }

  it('is refused by every service at once, kept in the database, and says how long that took', async () => {
    const claims = writer.issuer.claims();
    const token = writer.issuer.token(claims);
    expect(service.check(token)).toMatchObject({ ok: true });
    const outcome = await revoke('--sid', claims.sid, '--reason', 'risk', '--wait');
    expect(outcome).toMatchObject({ durableIn: 'database', isDurable: true, isDelivered: true });
    expect(outcome.appliedAfterMs).toBeGreaterThan(0);
    expect(outcome.appliedAfterMs).toBeLessThan(1_000);
    expect(outcome.position).toMatch(/^\d+-\d+$/);
    expect(service.check(token)).toMatchObject({ ok: false, reason: 'SESSION_REVOKED' });
    expect(await database.rows(outcome.id)).toMatchObject([{ scope: 'sid', value: claims.sid, reason: 'risk' }]);
  });

  it('ends the session in the store too, so that no refresh brings it back once the feed has forgotten', async () => {
    const { session } = await writer.sessions.open(aSession({ userId: 71 }), 5);
    await revoke('--sid', session.id);
    expect(await writer.sessions.find(71, session.id)).toBeUndefined();
  });

  it('ends every open session of a user, and lets them sign in again', async () => {
    const [first, second] = [aSession({ userId: 72 }), aSession({ userId: 72 })];
    for (const session of [first, second]) await writer.sessions.open(session, 5);
    const { id, entries } = await revoke('--sub', '72', '--yes');
    expect(new Set(entries.map(({ value }) => value))).toEqual(new Set([first.id, second.id]));
    expect(await writer.sessions.list(72)).toEqual([]);
    expect((await database.rows(id)).map(({ user_id: owner }) => Number(owner))).toEqual([72, 72]);
    await eventually(() => {
      const old = writer.issuer.token({ sub: '72', sid: first.id });
      expect(service.check(old)).toMatchObject({ reason: 'SESSION_REVOKED' });
    });
    expect(service.check(writer.issuer.token({ sub: '72' }))).toMatchObject({ ok: true });
    // Nothing open any more: nothing to do, and no failure.
    expect(await revoke('--sub', '72', '--yes')).toMatchObject({ entries: [], durableIn: null });
  });

  it.each([
    ['--jti', 'one-token', { jti: 'one-token' }, 'TOKEN_REVOKED'],
    ['--client', 'shop', { client_id: 'shop' }, 'TOKEN_REVOKED'],
    ['--device', 'phone-7', { device_id: 'phone-7' }, 'TOKEN_REVOKED'],
  ] as const)('ends what %s names', async (option, value, claims, reason) => {
    const token = writer.issuer.token(claims);
    expect(service.check(token)).toMatchObject({ ok: true });
    await revoke(option, value, '--yes');
    await eventually(() => expect(service.check(token)).toMatchObject({ ok: false, reason }));
  });

  it('raises the generation of a user, for rights that were taken away', async () => {
    const [old, young] = [4, 5].map((gen) => writer.issuer.token({ sub: '73', gen }));
    await revoke('--sub', '73', '--generation', '5', '--reason', 'role_changed', '--yes');
    await eventually(() => expect(service.check(old ?? '')).toMatchObject({ reason: 'TOKEN_STALE' }));
    expect(service.check(young ?? '')).toMatchObject({ ok: true });
  });

  it('withdraws a key, and everything issued up to an instant', async () => {
    const kid = writer.issuer.kid;
    const signed = writer.issuer.token();
    await revoke('--before', new Date((now() - 3_600) * 1000).toISOString(), '--yes');
    expect(service.check(signed)).toMatchObject({ ok: true });
    const outcome = await revoke('--kid', kid, '--yes', '--wait');
    expect(outcome.entries).toMatchObject([{ scope: 'kid', value: kid, cutoff: 0 }]);
    expect(service.check(signed)).toMatchObject({ ok: false, reason: 'TOKEN_REVOKED' });
  });

  it('keeps an entry as long as any token may live, and trims nothing the auth service would keep', async () => {
    const before = Number(await redis.command('XLEN', FEED_STREAM_KEY));
    const ended = await gatehouse(['revoke', '--sid', SID, '--json'], { ...env, ACCESS_TOKEN_EXPIRY: '1m' });
    // The key bundle says 15 minutes, and the longer life holds.
    const [entry] = ended.json<Outcome>().entries;
    expect((entry?.untilMs ?? 0) - Date.now()).toBeGreaterThan(1_000 * 1_000);
    expect(Number(await redis.command('XLEN', FEED_STREAM_KEY))).toBeGreaterThan(before);
  });

  it('says it is applied where it was known already', async () => {
    await revoke('--sid', SID, '--wait');
    const again = await revoke('--sid', SID, '--wait');
    expect(again.appliedAfterMs).not.toBeNull();
  });

  it.each([
    ['a session id that is none', ['--sid', 'abc']],
    ['two scopes', ['--sid', SID, '--jti', 'x']],
    ['no scope', []],
    ['a token for an id', ['--jti', 'eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiI0MiJ9.c2ln']],
    ['an id that breaks the line', ['--jti', 'a\nb']],
    ['a user id that is no number', ['--sub', '1 OR 1=1', '--yes']],
    ['an instant to come', ['--before', String(now() + 3_600), '--yes']],
    ['no instant', ['--before', 'yesterday', '--yes']],
    ['an unknown reason', ['--sid', SID, '--reason', 'because']],
    ['many without a word of consent', ['--before', 'now']],
  ])('writes nothing for %s', async (_what, args) => {
    // As a set: the relay may put an entry it is not sure of into the log a second time.
    const entries = async () => {
      const log = (await redis.command('XRANGE', FEED_STREAM_KEY, '-', '+')) as [string, string[]][];
      return new Set(log.flatMap(([, fields]) => (fields.includes('entry') ? [fields.at(-1)] : [])));
    };
    const before = await entries();
    const { code, stdout, stderr } = await gatehouse(['revoke', ...args], env);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/\((USAGE|CONFIRMATION_NEEDED)\)/);
    expect(await entries()).toEqual(before);
  });
});

describe('revoke, while something is away', () => {
  it('keeps it in the database while Redis is away, and the auth service brings it into the feed', async () => {
    const [redis, database] = await Promise.all([startRedis(), OutboxDatabase.create()]);
    const nowhere = `redis://127.0.0.1:${await freePort()}`;
    const ended = await gatehouse(['revoke', '--sid', SID, '--json'], {
      REDIS_URL: nowhere,
      DATABASE_URL: database.url,
    });
    expect(ended.code).toBe(0);
    const outcome = ended.json<Outcome>();
    expect(outcome).toMatchObject({ durableIn: 'database', isDelivered: false, position: null });
    expect(ended.tookMs).toBeLessThan(5_000);
    expect(await database.rows(outcome.id)).toMatchObject([{ delivered_at_ms: null }]);

    const writer = await FeedWriter.begin(redis.url, database.outbox);
    const log = JSON.stringify(await redis.command('XRANGE', FEED_STREAM_KEY, '-', '+'));
    expect(log).toContain(outcome.id);
    await writer.close();
    await database.close();
    await redis.stop();
  }, 60_000);

  it('says that nothing keeps it where Redis has neither log nor replica, and is in force all the same', async () => {
    const redis = await startRedis();
    const writer = await FeedWriter.begin(redis.url);
    const kept = await gatehouse(['revoke', '--sid', SID], { REDIS_URL: redis.url });
    expect(kept.code).toBe(0);
    expect(kept.stdout).toContain('kept in Redis only');
    await redis.command('CONFIG', 'SET', 'appendonly', 'no');
    const loose = await gatehouse(['revoke', '--sid', SID, '--json'], { REDIS_URL: redis.url });
    expect(loose.code).toBe(1);
    expect(loose.json()).toMatchObject({ isDurable: false, entries: [{ scope: 'sid', value: SID }] });
    await writer.close();
    await redis.stop();
  });

  it('says that it wrote nothing when nothing can be reached or the password is wrong, and not the password', async () => {
    const redis = await startRedis({ password: 'the-right-one' });
    for (const url of [`redis://127.0.0.1:${await freePort()}`, `redis://:the-wrong-one@127.0.0.1:${redis.port}`]) {
      const ended = await gatehouse(['revoke', '--sid', SID, '--json'], {
        REDIS_URL: url,
        DATABASE_URL: 'mysql://u:p4ssw0rd@127.0.0.1:1/x',
      });
      expect(ended.code).toBe(2);
      expect(ended.json()).toMatchObject({ error: { code: 'STORES_UNREACHABLE' } });
      expect(ended.stdout + ended.stderr).not.toMatch(/the-(right|wrong)-one|p4ssw0rd/);
      expect(ended.tookMs).toBeLessThan(5_000);
    }
    await redis.stop();
  });

  it('leaves a database that is not the auth service’s as it was', async () => {
    const redis = await startRedis();
    const empty = await freshMysqlDatabaseUrl();
    const ended = await gatehouse(['revoke', '--sid', SID, '--json'], { REDIS_URL: redis.url, DATABASE_URL: empty });
    // As for the auth service, whose database would not take it either: the feed keeps it.
    expect(ended.json()).toMatchObject({ durableIn: 'log' });
    const doctor = await gatehouse(['doctor', '--json'], { REDIS_URL: redis.url, DATABASE_URL: empty });
    expect(doctor.stdout).toContain('DATABASE_NOT_MIGRATED');
    const connection = await createConnection({ uri: empty });
    expect((await connection.query('SHOW TABLES'))[0]).toEqual([]);
    connection.destroy();
    await redis.stop();
  }, 60_000);

  it('has the doctor see acknowledged revocations that nobody delivers', async () => {
    const [redis, database] = await Promise.all([startRedis(), OutboxDatabase.create()]);
    const nowhere = `redis://127.0.0.1:${await freePort()}`;
    await gatehouse(['revoke', '--sid', SID], { REDIS_URL: nowhere, DATABASE_URL: database.url });
    const { stdout, code, tookMs } = await gatehouse(['doctor', '--json'], {
      REDIS_URL: redis.url,
      DATABASE_URL: database.url,
    });
    expect(stdout).toContain('OUTBOX_BACKLOG');
    expect(code).toBe(1);
    expect(tookMs).toBeLessThan(5_000);
    await database.close();
    await redis.stop();
  }, 60_000);
});
