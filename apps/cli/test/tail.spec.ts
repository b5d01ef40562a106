import { comparePositions, type FeedRecord } from '@gatehouse/contracts';
import { eventually, freePort, type RedisServer, startRedis } from '@gatehouse/testing';
import { FeedWriter } from './harness/feed-writer.js';
import { type Env, gatehouse, type Running, start } from './harness/gatehouse.js';

const jti = (n: number) => ({ scope: 'jti', value: `token-${n}` }) as const;
const records = (running: Running) =>
  running
    .stdout()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as FeedRecord);

describe('tail', () => {
  let redis: RedisServer;
  let writer: FeedWriter;
  let env: Env;

  beforeEach(async () => {
    redis = await startRedis();
    writer = await FeedWriter.begin(redis.url);
    env = { REDIS_URL: redis.url };
  });
  afterEach(async () => {
    await writer.close();
    await redis.stop();
  });

  async function following(...args: string[]): Promise<Running> {
    const running = start(['tail', ...args], env);
    await eventually(async () => {
      expect(String(await redis.command('CLIENT', 'LIST'))).toContain('name=gatehouse-cli-tail');
    });
    // Connected and asking: it has its place from here on.
    await new Promise((resolve) => setTimeout(resolve, 300));
    return running;
  }

  it('shows each entry from now on in one line, and ends with 0 on Ctrl-C', async () => {
    await writer.revoke(jti(1));
    const tail = await following();
    await writer.revoke(jti(2));
    await writer.revoke(jti(3));
    await eventually(() => expect(tail.stdout()).toContain('token-3'));
    tail.process.kill('SIGINT');
    const { code, stdout, stderr } = await tail.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const line = /^\d{4}-\d\d-\d\dT[\d:.]+Z {2}\d+-\d+ +jti +token-(\d) {2}user_signout {2}receipt by-auth$/;
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((text) => line.exec(text)?.[1]),
    ).toEqual(['2', '3']);
  });

  it('begins with what the log holds, and shows heartbeats, when asked', async () => {
    await writer.revoke(jti(1));
    const tail = await following('--from-start', '--heartbeats', '--json');
    await writer.revoke(jti(2));
    await eventually(() => expect(records(tail).filter(({ entry }) => entry)).toHaveLength(2));
    tail.process.kill('SIGTERM');
    expect((await tail.ended).code).toBe(0);
    const seen = records(tail);
    expect(seen.filter(({ entry }) => !entry).length).toBeGreaterThan(1);
    // Nothing missed, nothing twice: each names the one before it.
    for (const [n, record] of seen.slice(1).entries()) expect(record.previous).toBe(seen[n]?.position);
  });

  it('reads a long log to its end, in order', async () => {
    for (let n = 0; n < 1_200; n += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, i) => writer.revoke(jti(n + i))));
    }
    const tail = await following('--from-start', '--json');
    // Entries may stand in the log twice, since the relay repeats what it is not sure of; records may not.
    const values = () => new Set(records(tail).map(({ entry }) => entry?.value));
    await eventually(() => expect(values().size).toBe(1_200), { timeoutMs: 10_000 });
    tail.process.kill('SIGINT');
    await tail.ended;
    const positions = records(tail).map(({ position }) => position);
    expect(positions).toEqual([...new Set(positions)].sort(comparePositions));
  });

  it('ends with 0 when nobody reads its output any more', async () => {
    const tail = await following();
    tail.process.stdout.destroy();
    await writer.revoke(jti(1));
    await writer.revoke(jti(2));
    expect((await tail.ended).code).toBe(0);
  });

  it('goes on when Redis comes back, also with nothing in it', async () => {
    const tail = await following('--json');
    await redis.kill();
    await eventually(() => expect(tail.stderr()).toContain('the feed is away'), { timeoutMs: 10_000 });
    await redis.startEmpty();
    await eventually(() => expect(tail.stderr()).toContain('the feed is back'), { timeoutMs: 10_000 });
    await eventually(() => writer.revoke(jti(9)), { timeoutMs: 10_000 });
    await eventually(() => expect(tail.stdout()).toContain('token-9'), { timeoutMs: 10_000 });
    tail.process.kill('SIGINT');
    expect((await tail.ended).code).toBe(0);
  });

  it('passes over what it cannot read, and lets no entry steer the terminal', async () => {
    const tail = await following();
    await redis.command('XADD', 'rev:log', '*', 'v', '2', 'epoch', 'e', 'prev', '0-0', 'entry', '{}');
    await writer.revoke({ scope: 'jti', value: 'a\u001b[2Jb' });
    await eventually(() => expect(tail.stdout()).toContain('a\ufffd[2Jb'));
    expect(tail.stderr()).toContain('cannot read');
    tail.process.kill('SIGINT');
    await tail.ended;
  });

  it('ends with 2 when there is nothing to follow, within five seconds and without the password', async () => {
    const guarded = await startRedis({ password: 'the-right-one' });
    for (const REDIS_URL of [
      `redis://127.0.0.1:${await freePort()}`,
      `redis://:the-wrong-one@127.0.0.1:${guarded.port}`,
    ]) {
      const { code, stdout, stderr, tookMs } = await gatehouse(['tail'], { REDIS_URL });
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).toContain('FEED_UNREACHABLE');
      expect(stderr).not.toMatch(/the-(right|wrong)-one/);
      expect(tookMs).toBeLessThan(5_000);
    }
    expect(await gatehouse(['tail', '--json'])).toMatchObject({ code: 2 });
    await guarded.stop();
  });
});
