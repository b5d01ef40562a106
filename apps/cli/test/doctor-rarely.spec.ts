// What goes wrong rarely, on real servers that were made to.
import { eventually, freshMysqlDatabaseUrl, type RedisServer, startRedis, testFolder } from '@gatehouse/testing';
import { rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import type { Diagnosis, Finding } from '../src/doctor/finding.js';
import { examine } from '../src/doctor/examine.js';
import { gatehouse, type Env } from './harness/gatehouse.js';

async function findingsOf(env: Env): Promise<Map<string, Finding>> {
  const ended = await gatehouse(['doctor', '--json'], env);
  return new Map(ended.json<Diagnosis>().findings.map((finding) => [finding.code, finding]));
}

async function addressOf(proxy: Server): Promise<string> {
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return `redis://127.0.0.1:${(proxy.address() as { port: number }).port}`;
}

describe('a Redis', () => {
  let redis: RedisServer | undefined;
  let proxy: Server | undefined;
  afterEach(async () => {
    proxy?.close();
    await redis?.kill();
  });

  it('whose disk refuses what it saves', async () => {
    redis = await startRedis({ args: ['--appendonly', 'no', '--enable-protected-configs', 'local'] });
    const gone = testFolder('gone');
    await redis.command('CONFIG', 'SET', 'dir', gone);
    rmSync(gone, { recursive: true });
    await redis.command('BGSAVE');
    const saves = async () => String(await redis?.command('INFO', 'persistence'));
    await eventually(async () => expect(await saves()).toContain('rdb_last_bgsave_status:err'));
    const found = (await findingsOf({ REDIS_URL: redis.url })).get('REDIS_SAVING_FAILS');
    expect(found).toMatchObject({ severity: 'danger', detail: 'rdb_last_bgsave_status' });
  });

  it('behind a proxy that gives each connection another database', async () => {
    redis = await startRedis();
    const { port } = redis;
    let turn = 0;
    proxy = createServer((client) => {
      const upstream = connect(port, '127.0.0.1');
      upstream.write(`SELECT ${turn++ % 2}\r\n`);
      // Its own question's answer is not for the client.
      upstream.once('data', (first) => {
        client.write(first.subarray('+OK\r\n'.length));
        upstream.pipe(client).pipe(upstream);
      });
      for (const socket of [client, upstream]) socket.on('error', () => undefined);
      client.on('close', () => upstream.destroy());
    });
    const found = (await findingsOf({ REDIS_URL: await addressOf(proxy) })).get('REDIS_WRITE_UNREAD');
    expect(found).toMatchObject({
      severity: 'danger',
      detail: expect.stringMatching(/^\d of \d reads missed$/) as string,
    });
  });

  it('behind a proxy that carries answers and swallows notices', async () => {
    redis = await startRedis();
    const { port } = redis;
    proxy = createServer((client) => {
      const upstream = connect(port, '127.0.0.1');
      upstream.on('data', (chunk) => chunk.includes('$7\r\nmessage\r\n') || client.write(chunk));
      client.on('data', (chunk) => upstream.write(chunk));
      for (const [one, other] of [
        [client, upstream],
        [upstream, client],
      ] as const) {
        one.on('error', () => undefined).on('close', () => other.destroy());
      }
    });
    const found = await findingsOf({ REDIS_URL: await addressOf(proxy) });
    expect(found.get('REDIS_NOTICE_UNHEARD')).toMatchObject({ severity: 'warning' });
    expect((await findingsOf({ REDIS_URL: redis.url })).has('REDIS_NOTICE_UNHEARD')).toBe(false);
  });
});

it('an auth service that is asked in the clear, off this machine', async () => {
  const found = await findingsOf({ AUTH_URL: 'http://auth.invalid:8080' });
  expect(found.get('AUTH_PLAINTEXT')).toMatchObject({ severity: 'warning' });
  expect((await findingsOf({ AUTH_URL: 'https://auth.invalid' })).has('AUTH_PLAINTEXT')).toBe(false);
});

it('a database that is spoken to in the clear, off this machine', async () => {
  const url = new URL(await freshMysqlDatabaseUrl());
  const here = await findingsOf({ DATABASE_URL: url.href });
  // The same server, by the machine's own name for itself in a form that no list of loopback names has.
  const elsewhere = await findingsOf({ DATABASE_URL: url.href.replace(url.hostname, '2130706433') });
  expect(here.has('DATABASE_PLAINTEXT')).toBe(false);
  expect([...elsewhere.keys()]).toEqual(expect.arrayContaining(['DATABASE_PLAINTEXT']));
});

describe('a check', () => {
  it('that fails is a finding, and tells no more than the name of what failed', async () => {
    const examined = await examine('feed', () => Promise.reject(new TypeError('redis://:s3cret@host')));
    expect(examined.findings).toMatchObject([{ code: 'CHECK_FAILED', subject: 'feed', detail: 'TypeError' }]);
  });

  it('that never answers holds up nobody', async () => {
    const startedMs = performance.now();
    const examined = await examine('feed', () => new Promise(() => undefined));
    expect(examined.findings).toMatchObject([{ code: 'CHECK_FAILED', detail: 'no answer in time' }]);
    expect(performance.now() - startedMs).toBeLessThan(4_000);
  });
});
