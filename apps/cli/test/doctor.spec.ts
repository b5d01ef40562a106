import { FEED_STREAM_KEY, KEY_BUNDLE_KEY } from '@gatehouse/contracts';
import { createTestIssuer } from '@gatehouse/session-validator/testing';
import {
  eventually,
  freePort,
  freshMysqlDatabaseUrl,
  type RedisServer,
  startRedis,
  startRedisCluster,
} from '@gatehouse/testing';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { Diagnosis } from '../src/doctor/finding.js';
import { Balancer } from './harness/balancer.js';
import { FeedWriter } from './harness/feed-writer.js';
import { type Env, gatehouse } from './harness/gatehouse.js';

interface Look extends Diagnosis {
  readonly code: number | null;
  readonly codes: readonly string[];
  readonly output: string;
  readonly tookMs: number;
}

async function look(env: Env): Promise<Look> {
  const ended = await gatehouse(['doctor', '--json'], env);
  const diagnosis = ended.json<Diagnosis>();
  const codes = diagnosis.findings.map((finding) => finding.code);
  return { ...diagnosis, ...ended, codes, output: ended.stdout + ended.stderr };
}

describe('the doctor, with the environment of a service', () => {
  let redis: RedisServer;
  let writer: FeedWriter;
  let env: Env;

  beforeAll(async () => {
    // Five seconds by default, in which further replicas may join the same copy.
    redis = await startRedis({ args: ['--repl-diskless-sync-delay', '0'] });
    writer = await FeedWriter.begin(redis.url);
    env = { REDIS_URL: redis.url, AUTH_TRUST_ANCHOR: writer.issuer.trustAnchor };
  });
  afterAll(async () => {
    await writer.close();
    await redis.stop();
  });
  afterEach(() => redis.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction'));

  it('finds a sound set-up sound, within five seconds', async () => {
    const { code, verdict, codes, passed, tookMs } = await look(env);
    expect({ code, verdict, codes }).toEqual({
      code: 0,
      verdict: 'sound',
      // On this machine both are a developer's choice.
      codes: ['REDIS_MEMORY_UNBOUNDED', 'REDIS_OPEN_ON_LOOPBACK'],
    });
    expect(passed).toEqual(
      expect.arrayContaining([
        'lifetimes',
        'Redis persistence',
        'Redis rights',
        'Redis clock',
        'keys',
        'feed',
        'notices',
      ]),
    );
    expect(passed).toContain('written here, read there');
    expect(tookMs).toBeLessThan(5_000);
  });

  it('leaves nothing behind in Redis', async () => {
    const before = await redis.command('KEYS', '*doctor*');
    await look(env);
    expect(await redis.command('KEYS', '*doctor*')).toEqual(before);
  });

  it('refuses a policy that evicts', async () => {
    await redis.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    const { code, findings } = await look(env);
    expect(code).toBe(1);
    expect(findings[0]).toMatchObject({
      code: 'REDIS_EVICTS',
      severity: 'danger',
      detail: 'maxmemory-policy is allkeys-lru',
    });
    const readable = await gatehouse(['doctor'], env);
    expect(readable.stdout).toMatch(/danger +REDIS_EVICTS +Redis: maxmemory-policy is allkeys-lru\n.*\n +Cure: /);
    expect(readable.stdout).toContain('unsound: 1 danger');
  });

  it.each([
    ['snapshots only', { save: '3600 1', appendonly: 'no' }, 'REDIS_SNAPSHOTS_ONLY', 0],
    ['nothing kept', { save: '', appendonly: 'no' }, 'REDIS_NOT_DURABLE', 1],
    ['a log that is never flushed', { appendonly: 'yes', appendfsync: 'no' }, 'REDIS_FSYNC_NEVER', 0],
  ])('sees %s', async (_what, settings, code, exit) => {
    for (const [name, value] of Object.entries(settings)) await redis.command('CONFIG', 'SET', name, value);
    const seen = await look(env);
    await redis.command('CONFIG', 'SET', 'appendonly', 'yes');
    await redis.command('CONFIG', 'SET', 'appendfsync', 'everysec');
    expect(seen.codes).toContain(code);
    expect(seen.code).toBe(exit);
  });

  it.each([
    ['an access token that outlives its session', { ACCESS_TOKEN_EXPIRY: '2h', SESSION_TTL: '1h' }, 'TTL_ORDER'],
    ['a session that outlives its refresh token', { SESSION_TTL: '8d' }, 'TTL_ORDER'],
    ['everybody trusted as a proxy', { TRUSTED_PROXIES: '10.1.2.3,0.0.0.0/0' }, 'TRUSTED_PROXIES_TOO_WIDE'],
    ['everybody trusted over IPv6', { TRUSTED_PROXIES: '::/0' }, 'TRUSTED_PROXIES_TOO_WIDE'],
    ['another root key', { AUTH_TRUST_ANCHOR: createTestIssuer().trustAnchor }, 'KEY_BUNDLE_REFUSED'],
    ['a trust anchor that is none', { AUTH_TRUST_ANCHOR: 'c29tZXRoaW5nIGVsc2U=' }, 'CONFIG_INVALID'],
    ['no trust anchor', { AUTH_TRUST_ANCHOR: undefined }, 'TRUST_ANCHOR_MISSING'],
    ['two addresses for Redis', { REDIS_ADDR: 'elsewhere.invalid:1' }, 'CONFIG_INVALID'],
    ['a bundle of other token lives', { ACCESS_TOKEN_EXPIRY: '10m' }, 'TOKEN_LIFE_DIFFERS'],
    [
      'a shared secret',
      { AUTH_TRUST_ANCHOR: undefined, JWT_SECRET: 'pY7#kQ2!vN9@wE4$rT6%uI1^oP3&aS5*' },
      'SHARED_SECRET',
    ],
  ])('sees %s', async (_what, changed, code) => {
    const { codes, output } = await look({ ...env, ...changed });
    expect(codes).toContain(code);
    for (const value of Object.values(changed)) {
      if (value !== undefined && value.length > 8) expect(output).not.toContain(value);
    }
  });

  it('sees a key bundle that is missing, or made in the future', async () => {
    const lonely = await startRedis();
    const issuer = createTestIssuer();
    const own = { REDIS_URL: lonely.url, AUTH_TRUST_ANCHOR: issuer.trustAnchor };
    expect((await look(own)).codes).toEqual(expect.arrayContaining(['KEY_BUNDLE_MISSING', 'FEED_EMPTY']));
    const bundle = issuer.keyBundle({ iat: Math.floor(Date.now() / 1000) + 3_600 });
    await lonely.command('SET', KEY_BUNDLE_KEY, bundle);
    expect((await look(own)).codes).toContain('KEY_BUNDLE_EXPIRED');
    await lonely.stop();
  });

  it('sees a server that is nearly full, and one that has dropped keys', async () => {
    const small = await startRedis({ args: ['--maxmemory', '3mb', '--maxmemory-policy', 'allkeys-lru'] });
    const fill = `for i = 1, 40000 do redis.call('SET', 'k' .. i, string.rep('x', 100)) end`;
    for (let n = 0; n < 3; n++) await small.command('EVAL', fill, '0');
    const { codes, findings } = await look({ ...env, REDIS_URL: small.url });
    expect(codes).toEqual(expect.arrayContaining(['REDIS_EVICTS', 'REDIS_HAS_EVICTED', 'REDIS_MEMORY_HIGH']));
    expect(findings.find(({ code }) => code === 'REDIS_MEMORY_HIGH')?.detail).toMatch(/^\d+ % used$/);
    await small.stop();
  });

  it('sees that the auth service has newer keys, is degraded, and has another time', async () => {
    const { issuer } = writer;
    const server = createHttpServer((request, response) => {
      response.sendDate = false;
      response.setHeader('date', new Date(Date.now() - 120_000).toUTCString());
      const degraded = JSON.stringify({ status: 'degraded', checks: {} });
      response.end(request.url?.endsWith('.jws') ? issuer.keyBundle({ ver: 999 }) : degraded);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { codes, findings } = await look({ ...env, AUTH_URL: `http://127.0.0.1:${port}` });
    server.close();
    expect(codes).toEqual(expect.arrayContaining(['KEY_BUNDLE_OUTDATED', 'AUTH_DEGRADED', 'CLOCK_SKEW']));
    expect(findings.find(({ code }) => code === 'CLOCK_SKEW')?.detail).toMatch(/^behind this machine by 11[89]\.\d s$/);
  });

  it('sees a feed that nobody keeps alive, and one that was trimmed too early', async () => {
    const own = await startRedis();
    const quiet = await FeedWriter.begin(own.url);
    const there = { REDIS_URL: own.url, AUTH_TRUST_ANCHOR: quiet.issuer.trustAnchor };
    await quiet.revoke({ scope: 'sid', value: 'a'.repeat(64) });
    await own.command('XTRIM', FEED_STREAM_KEY, 'MAXLEN', '1');
    expect((await look(there)).codes).toContain('FEED_TRIMMED_EARLY');
    await quiet.stopBeating();
    await own.command('DEL', FEED_STREAM_KEY);
    const longAgo = `${Date.now() - 7_200_000}-0`;
    await own.command('XADD', FEED_STREAM_KEY, longAgo, 'v', '1', 'epoch', 'e', 'prev', '0-0');
    const { code, codes, findings } = await look(there);
    expect(code).toBe(1);
    expect(codes).toEqual(expect.arrayContaining(['FEED_SILENT', 'FEED_NOT_TRIMMED']));
    expect(findings.find((finding) => finding.code === 'FEED_SILENT')?.detail).toMatch(/7[12]\d\d s ago/);
    await quiet.close();
    await own.stop();
  });

  it('sees two servers behind one address that share nothing', async () => {
    const other = await startRedis();
    const balancer = await Balancer.before(redis.port, other.port);
    const { code, codes } = await look({ ...env, REDIS_URL: `redis://127.0.0.1:${balancer.port}` });
    expect(code).toBe(1);
    expect(codes).toContain('REDIS_SPLIT_SERVERS');
    balancer.close();
    await other.stop();
  });

  it('reads on a replica what was written to the primary, and sees one that stands still', async () => {
    const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', String(redis.port)] });
    await eventually(async () => {
      // What the primary calls online may still be loading: it follows once it hands on what was written just now.
      await redis.command('SET', 'follows', 'yes');
      expect(String(await replica.command('GET', 'follows'))).toBe('yes');
    });
    const well = await look(env);
    expect(well.codes.filter((code) => code.startsWith('REDIS_REPLICA'))).toEqual([]);
    expect(well.passed).toContain('written here, read there');
    const onReplica = await look({ ...env, REDIS_URL: replica.url });
    expect(onReplica.codes).toContain('REDIS_IS_REPLICA');
    expect(onReplica.code).toBe(1);

    replica.pause();
    const { codes } = await look(env);
    replica.resume();
    await replica.stop();
    expect(codes.some((code) => code === 'REDIS_REPLICA_UNSEEN' || code === 'REDIS_REPLICA_LAGS')).toBe(true);
  });

  it('looks at every node of a cluster', async () => {
    const cluster = await startRedisCluster();
    const [host, port] = (cluster.addresses[0] ?? '').split(':');
    expect(host).toBe('127.0.0.1');
    const nodes = { ...env, REDIS_URL: undefined, REDIS_CLUSTER_NODES: cluster.addresses.join(',') };
    const { codes, findings, passed } = await look(nodes);
    expect(codes).toContain('REDIS_NOT_DURABLE');
    expect(new Set(findings.map(({ subject }) => subject))).toContain('Redis node 3 of 3');
    expect(passed).toContain('written here, read there');
    expect(JSON.stringify(findings)).not.toContain(String(port));
    await cluster.kill();
  }, 60_000);
});

describe('the doctor, where Redis is not what the environment says', () => {
  it('says which right the user lacks, and takes a user that may not write for a careful one', async () => {
    const redis = await startRedis();
    const writer = await FeedWriter.begin(redis.url);
    // As the library's page has it: no right more than a service needs.
    const least =
      'on >r3ader-pass resetchannels &token_invalidation &key_bundle %R~rev:log %R~rev:key-bundle %W~rev:receipts ' +
      '%W~rev:activity +xrange +get +subscribe +xadd +info +ping +client|setname';
    await redis.command('ACL', 'SETUSER', 'reader', ...least.split(' '));
    await redis.command('ACL', 'SETUSER', 'lesser', ...least.split(' '), '-xrange', '-xadd');
    const env = { AUTH_TRUST_ANCHOR: writer.issuer.trustAnchor };
    const careful = await look({ ...env, REDIS_URL: `redis://reader:r3ader-pass@127.0.0.1:${redis.port}` });
    expect(careful.codes).toEqual(['REDIS_MEMORY_UNBOUNDED', 'REDIS_WRITE_UNTRIED', 'REDIS_NOTICE_UNTRIED']);
    expect(careful.passed).toEqual(expect.arrayContaining(['Redis rights', 'Redis clock', 'feed', 'keys']));
    expect(careful.code).toBe(0);

    const lesser = await look({ ...env, REDIS_URL: `redis://lesser:r3ader-pass@127.0.0.1:${redis.port}` });
    const denied = lesser.findings.filter(({ code }) => code === 'REDIS_ACL_DENIES').map(({ detail }) => detail);
    expect(denied).toEqual(['lacks +xrange ~rev:log', 'lacks +xadd ~rev:receipts', 'lacks +xadd ~rev:activity']);
    expect(await redis.command('EXISTS', 'rev:receipts', 'rev:activity')).toBe(0);
    expect(lesser.output).not.toContain('r3ader-pass');
    await writer.close();
    await redis.stop();
  });

  it('says that the password is wrong, and neither that one nor the right one', async () => {
    const redis = await startRedis({ password: 'the-right-one' });
    const { code, codes, output, tookMs } = await look({
      REDIS_URL: `redis://:the-wrong-one@127.0.0.1:${redis.port}`,
      AUTH_TRUST_ANCHOR: createTestIssuer().trustAnchor,
    });
    expect(code).toBe(2);
    expect(codes).toContain('REDIS_AUTH_REFUSED');
    expect(output).not.toMatch(/the-(right|wrong)-one/);
    expect(tookMs).toBeLessThan(5_000);
    const without = await look({ REDIS_URL: `redis://127.0.0.1:${redis.port}` });
    expect(without.codes).toContain('REDIS_AUTH_REFUSED');
    await redis.stop();
  });

  it('says that a server does not speak TLS, and that one says nothing of itself', async () => {
    const redis = await startRedis();
    const secured = await look({ REDIS_URL: `rediss://127.0.0.1:${redis.port}` });
    expect(secured.code).toBe(2);
    expect(secured.codes).toContain('REDIS_TLS_FAILED');
    await redis.command('ACL', 'SETUSER', 'blind', 'on', '>r3ader-pass', '~*', '&*', '+@all', '-info', '-config');
    const silent = await look({
      REDIS_URL: `redis://127.0.0.1:${redis.port}`,
      REDIS_USERNAME: 'blind',
      REDIS_PASSWORD: 'r3ader-pass',
    });
    expect(silent.codes).toEqual(expect.arrayContaining(['REDIS_EVICTION_UNKNOWN', 'REDIS_PERSISTENCE_UNKNOWN']));
    await redis.stop();
  });

  it('says that the database refuses the password', async () => {
    const url = new URL(await freshMysqlDatabaseUrl());
    url.password = 'the-wrong-one';
    const { code, codes, output } = await look({
      NODE_ENV: 'production',
      DATABASE_URL: url.href,
      AUTH_URL: 'http://127.0.0.1:1',
    });
    expect(code).toBe(2);
    expect(codes).toEqual(expect.arrayContaining(['DATABASE_AUTH_REFUSED', 'TRUSTED_PROXIES_MISSING']));
    expect(output).not.toContain('the-wrong-one');
  }, 60_000);

  it('gives up on a server that is not there, or swallows everything, within five seconds', async () => {
    const nowhere = await look({
      REDIS_URL: `redis://127.0.0.1:${await freePort()}`,
      DATABASE_URL: 'mysql://u:p4ssw0rd@127.0.0.1:1/x',
    });
    expect(nowhere.code).toBe(2);
    expect(nowhere.codes).toEqual(expect.arrayContaining(['REDIS_UNREACHABLE', 'DATABASE_UNREACHABLE']));
    expect(nowhere.findings.find(({ code }) => code === 'REDIS_UNREACHABLE')?.detail).toBe('ECONNREFUSED');
    expect(nowhere.output).not.toContain('p4ssw0rd');

    const sockets = new Set<{ destroy(): void }>();
    const hole = createServer((socket) => void sockets.add(socket));
    await new Promise<void>((resolve) => hole.listen(0, '127.0.0.1', resolve));
    const port = String((hole.address() as { port: number }).port);
    const swallowed = await look({
      REDIS_URL: `redis://127.0.0.1:${port}`,
      AUTH_URL: `http://127.0.0.1:${port}`,
      DATABASE_URL: `mysql://u:p@127.0.0.1:${port}/x`,
    });
    for (const socket of sockets) socket.destroy();
    hole.close();
    expect(swallowed.code).toBe(2);
    expect(swallowed.codes).toEqual(
      expect.arrayContaining(['REDIS_UNREACHABLE', 'AUTH_UNREACHABLE', 'DATABASE_UNREACHABLE']),
    );
    expect(Math.max(nowhere.tookMs, swallowed.tookMs)).toBeLessThan(5_000);
  });

  it('has nothing to look at without an environment, and says so', async () => {
    expect(await look({})).toMatchObject({ code: 1, codes: ['NOTHING_CONFIGURED'] });
  });
});
