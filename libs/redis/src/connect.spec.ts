import { SessionStoreUnavailable } from '@gatehouse/failures';
import { eventually, freePort, sleep, startRedis, type RedisServer } from '@gatehouse/testing';
import { once } from 'node:events';
import type { Cluster } from 'ioredis';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { inspect } from 'node:util';
import { COMMAND_TIMEOUT_MS, connectRedis, type RedisConnection } from './connect.js';
import { parseRedisSettings, type RedisEnvironment } from './settings.js';
import { orStoreUnavailable } from './store-unavailable.js';

const opened: RedisConnection[] = [];
afterAll(() => opened.forEach((redis) => redis.disconnect()));

function connectTo(env: RedisEnvironment) {
  const { settings, faults } = parseRedisSettings(env);
  expect(faults).toEqual([]);
  const statuses: string[] = [];
  const causes: unknown[] = [];
  const redis = connectRedis(settings!, {
    name: 'connect-spec',
    onStatus: (status, cause) => {
      statuses.push(status);
      causes.push(cause);
    },
  });
  opened.push(redis);
  return { redis, statuses, causes };
}

const timeOf = async (use: () => Promise<unknown>) => {
  const startedMs = performance.now();
  const outcome = await orStoreUnavailable(use).catch((error: unknown) => error);
  return { outcome, tookMs: performance.now() - startedMs };
};

describe('a connection for the request path', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  // Whatever became of the test before.
  afterEach(() => server.resume());
  afterAll(() => server.kill());

  it('is there before Redis is: commands fail at once, nothing throws, and it comes up by itself', async () => {
    const late = await startRedis();
    await late.kill();
    const { redis, statuses } = connectTo({ REDIS_URL: late.url });
    await eventually(() => expect(statuses).toEqual(['down']));
    const { outcome, tookMs } = await timeOf(() => redis.get('x'));
    expect(outcome).toBeInstanceOf(SessionStoreUnavailable);
    expect(tookMs).toBeLessThan(COMMAND_TIMEOUT_MS);
    await late.start();
    await eventually(() => redis.ping());
    expect(statuses).toEqual(['down', 'up']);
    await late.kill();
  });

  it('tells a loss once, however often it tries again, and the return once', async () => {
    const { redis, statuses } = connectTo({ REDIS_URL: server.url });
    await eventually(() => redis.ping());
    await server.kill();
    await eventually(() => expect(statuses.at(-1)).toBe('down'));
    await sleep(500);
    await server.start();
    await eventually(() => redis.ping());
    expect(statuses).toEqual(['up', 'down', 'up']);
  });

  it('does not call it a loss when we close it', async () => {
    const { redis, statuses } = connectTo({ REDIS_URL: server.url });
    await eventually(() => redis.ping());
    redis.disconnect();
    await once(redis, 'end');
    expect(statuses).toEqual(['up']);
  });

  it('gives up a command on a server that stands still', async () => {
    const { redis } = connectTo({ REDIS_URL: server.url });
    await eventually(() => redis.ping());
    server.pause();
    const { outcome, tookMs } = await timeOf(() => redis.get('x'));
    server.resume();
    expect(outcome).toBeInstanceOf(SessionStoreUnavailable);
    expect(tookMs).toBeGreaterThanOrEqual(COMMAND_TIMEOUT_MS - 20);
    // Far from the ten seconds a client waits by itself, and with room for a busy machine.
    expect(tookMs).toBeLessThan(COMMAND_TIMEOUT_MS * 5);
  });

  it('gives up a server that keeps standing still, and takes it up again', async () => {
    const { redis, statuses } = connectTo({ REDIS_URL: server.url });
    await eventually(() => redis.ping());
    server.pause();
    await eventually(() => expect(statuses.at(-1)).toBe('down'), { timeoutMs: 15_000 });
    server.resume();
    await eventually(() => redis.ping());
    expect(statuses).toEqual(['up', 'down', 'up']);
  });

  it('stays on a server that was slow for a moment', async () => {
    const { redis, statuses } = connectTo({ REDIS_URL: server.url });
    await eventually(() => redis.ping());
    server.pause();
    await sleep(600);
    server.resume();
    await sleep(600);
    expect(await redis.ping()).toBe('PONG');
    expect(statuses).toEqual(['up']);
  });

  it('never does later what its caller was told had failed', async () => {
    const { redis } = connectTo({ REDIS_URL: server.url });
    await eventually(() => redis.ping());
    await redis.set('n', 1);
    server.pause();
    await expect(redis.incr('n')).rejects.toThrow();
    await server.kill();
    await server.start();
    await eventually(() => redis.ping());
    await sleep(200);
    expect(await redis.get('n')).toBe('1');
  });

  it('leaves a server that has become a replica', async () => {
    const { redis, statuses } = connectTo({ REDIS_URL: server.url });
    await eventually(() => redis.ping());
    await server.command('REPLICAOF', '127.0.0.1', String(await freePort()));
    await expect(redis.set('x', 1)).rejects.toThrow('READONLY');
    await eventually(() => expect(statuses).toContain('down'));
    await server.command('REPLICAOF', 'NO', 'ONE');
    await eventually(() => redis.set('x', 1));
  });
});

describe('a password', () => {
  it('that is wrong is told to nobody, and the connection comes up once it is right', async () => {
    const server = await startRedis({ password: 'right-hunter2' });
    const { redis, statuses, causes } = connectTo({
      REDIS_HOST: server.host,
      REDIS_PORT: String(server.port),
      REDIS_PASSWORD: 'wrong-hunter2',
    });
    await eventually(() => expect(statuses).toEqual(['down']));
    const { outcome } = await timeOf(() => redis.get('x'));
    expect(outcome).toBeInstanceOf(SessionStoreUnavailable);
    expect(causes[0]).toBeInstanceOf(Error);
    expect(inspect([causes, outcome], { depth: 9 })).not.toContain('hunter2');
    await server.command('CONFIG', 'SET', 'requirepass', 'wrong-hunter2');
    await eventually(() => redis.ping());
    expect(statuses).toEqual(['down', 'up']);
    redis.disconnect();
    await server.kill();
  });

  describe('where TLS was asked for', () => {
    let listener: Server;
    let at: string;
    let heard: Buffer[];
    beforeEach(async () => {
      heard = [];
      listener = createServer((socket) => {
        socket.on('data', (bytes) => heard.push(bytes));
        socket.on('error', () => undefined);
      });
      await once(listener.listen(0), 'listening');
      at = `rediss://:hunter2@localhost:${(listener.address() as AddressInfo).port}`;
    });
    afterEach(() => {
      opened.forEach((redis) => redis.disconnect());
      listener.close();
    });
    const said = () =>
      eventually(() => {
        const [first] = heard;
        if (!first) throw new Error('nothing was said yet');
        return first;
      });

    it.each<[string, (url: string) => RedisEnvironment]>([
      ['one server', (url) => ({ REDIS_URL: url })],
      ['a cluster', (url) => ({ REDIS_CLUSTER_NODES: url })],
      ['a sentinel', (url) => ({ REDIS_SENTINELS: url, REDIS_SENTINEL_MASTER: 'm' })],
    ])('is never sent in the open to %s', async (_place, envFor) => {
      connectTo(envFor(at));
      const first = await said();
      // A TLS handshake record (RFC 8446 §5.1).
      expect([first[0], first[1]]).toEqual([0x16, 0x03]);
      expect(Buffer.concat(heard).toString('latin1')).not.toContain('hunter2');
    });

    it('is sent only to whom the certificate names: the name given, not the number it leads to', async () => {
      connectTo({ REDIS_URL: at });
      expect((await said()).toString('latin1')).toContain('localhost');
      const { redis } = connectTo({ REDIS_CLUSTER_NODES: at });
      await eventually(() => {
        expect((redis as Cluster).nodes('all').map(({ options }) => options.host)).toEqual(['localhost']);
      });
    });
  });
});
