import { SessionStoreUnavailable } from '@gatehouse/failures';
import { COMMAND_TIMEOUT_MS, connectRedis, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import { eventually, freePort, sharedRedisUrl, sleep, startChild, startRedis, testFolder } from '@gatehouse/testing';
import { execFileSync } from 'node:child_process';
import { UserUnrestored } from '../ledger/index.js';
import { aMove, aSession, aUserId, describeSessionStore } from '../testing/index.js';
import { RedisSessionStore } from './redis-session-store.js';

const open: RedisConnection[] = [];
async function connectTo(env: Record<string, string>): Promise<RedisConnection> {
  const { settings } = parseRedisSettings(env);
  const redis = connectRedis(settings!, { name: 'session-store-spec' });
  open.push(redis);
  await eventually(() => redis.get('x'));
  return redis;
}
afterAll(() => open.forEach((redis) => redis.disconnect()));

describeSessionStore('redis', async () => {
  const redis = await connectTo({ REDIS_URL: await sharedRedisUrl() });
  return { store: new RedisSessionStore(redis), elapse: sleep, tickMs: 120 };
});

describe('on one Redis', () => {
  it('keeps no refresh token, leaves no key without an end, and puts all of a user on one slot', async () => {
    const server = await startRedis();
    const store = new RedisSessionStore(await connectTo({ REDIS_URL: server.url }));
    const wanted = aSession();
    await store.open(wanted, 1);
    await store.open(aSession({ userId: wanted.userId }), 1);
    await sleep(20);
    const keys = (await server.command('KEYS', '*')) as string[];
    for (const key of keys.filter((name) => name !== 'session:live')) {
      expect([key, Number(await server.command('PTTL', key)) > 0]).toEqual([key, true]);
    }
    expect(keys.filter((key) => key.includes(`{u${wanted.userId}}`)).length).toBeGreaterThanOrEqual(3);
    await server.kill();
  });

  it('names its outage within the time a command may take, and goes on when Redis is back', async () => {
    const server = await startRedis();
    const store = new RedisSessionStore(await connectTo({ REDIS_URL: server.url }));
    const wanted = aSession();
    await store.open(wanted, 5);
    server.pause();
    const startedMs = performance.now();
    await expect(store.find(wanted.userId, wanted.id)).rejects.toBeInstanceOf(SessionStoreUnavailable);
    expect(performance.now() - startedMs).toBeLessThan(COMMAND_TIMEOUT_MS * 3);
    server.resume();
    await server.kill();
    await expect(store.rotate(aMove(wanted, 'first', 'second'))).rejects.toBeInstanceOf(SessionStoreUnavailable);
    await expect(store.checkReadWrite()).rejects.toBeInstanceOf(SessionStoreUnavailable);
    await server.start();
    await eventually(() => store.checkReadWrite());
    expect(await store.find(wanted.userId, wanted.id)).toBeDefined();
    await server.kill();
  });
});

describe('on a Redis Cluster', () => {
  it('makes every move, since all keys of a user lie on one slot', async () => {
    const ports = await Promise.all([freePort(), freePort(), freePort()]);
    const folder = testFolder('cluster');
    const nodes = ports.map((port) =>
      startChild('redis-server', [
        ...['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--cluster-enabled', 'yes'],
        ...['--cluster-config-file', `nodes-${port}.conf`, '--cluster-announce-bus-port', String(port + 10_000)],
        ...['--cluster-port', String(port + 10_000 > 65_535 ? port - 10_000 : port + 10_000)],
      ]),
    );
    const addresses = ports.map((port) => `127.0.0.1:${port}`);
    await eventually(() => {
      execFileSync('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes'], { stdio: 'pipe' });
    });
    const redis = await connectTo({ REDIS_CLUSTER_NODES: addresses.join(',') });
    const store = new RedisSessionStore(redis);
    await eventually(() => store.checkReadWrite(), { timeoutMs: 15_000 });
    for (let user = 0; user < 20; user++) {
      const userId = aUserId();
      const wanted = aSession({ userId });
      await store.open(wanted, 2);
      await store.open(aSession({ userId }), 2);
      expect((await store.rotate(aMove(wanted, 'first', 'second'))).kind).toBe('rotated');
      expect((await store.open(aSession({ userId }), 2)).evicted).toHaveLength(1);
      const strict = store.restoredSince(await store.lossPossibleAtMs(false));
      await expect(strict.list(userId)).rejects.toBeInstanceOf(UserUnrestored);
      expect(await strict.restore(userId, { open: [], endedIds: [] })).toEqual([]);
      expect(await strict.list(userId)).toHaveLength(2);
      expect(await store.endOthers(userId, undefined)).toHaveLength(2);
    }
    redis.disconnect();
    await Promise.all(nodes.map((node) => node.kill()));
  });
});
