import { FakeClock } from '@gatehouse/kernel/testing';
import { connectRedis, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import { eventually, sleep, startRedis, type RedisServer } from '@gatehouse/testing';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { aPendingLogin, describePendingLogins } from '../../test/pending-logins.conformance.js';
import { aStored, describeSessionStore, newSid, SUITE_IDLE_MS } from '../../test/session-store.conformance.js';
import { MemoryPendingLogins } from './adapters/memory-pending-logins.js';
import { MemorySessionStore } from './adapters/memory-session-store.js';
import { RedisPendingLogins } from './adapters/redis-pending-logins.js';
import { RedisSessionStore } from './adapters/redis-session-store.js';
import { PENDING_LOGIN_MS } from './pending-logins.port.js';
import { LoginSeals } from './sealing/login-seals.js';
import { SealingKeys } from './sealing/sealing-keys.js';

let server: RedisServer;
let redis: RedisConnection;
/** Under the account that docker/redis/users.acl has for gateways. */
let limited: RedisConnection;
beforeAll(async () => {
  server = await startRedis();
  const file = readFileSync(join(__dirname, '../../../../docker/redis/users.acl'), 'utf8');
  const [, rules = ''] = /^user gatehouse-gateway on #\w+ (.+)$/m.exec(file) ?? [];
  await server.command('ACL', 'SETUSER', 'gatehouse-gateway', 'on', '>gateway-password', ...rules.split(' '));
  const url = `redis://gatehouse-gateway:gateway-password@${server.host}:${server.port}`;
  redis = connectRedis(parseRedisSettings({ REDIS_URL: server.url }).settings!, { name: 'gateway-store-spec' });
  limited = connectRedis(parseRedisSettings({ REDIS_URL: url }).settings!, { name: 'gateway-store-spec-limited' });
  await eventually(() => Promise.all([redis.ping(), limited.ping()]));
});
afterAll(async () => {
  redis.disconnect();
  limited.disconnect();
  await server.stop();
});

describeSessionStore('memory', async () => {
  const clock = new FakeClock();
  const store = new MemorySessionStore(clock, SUITE_IDLE_MS);
  return { store, nowMs: () => clock.nowMs(), elapse: async (ms) => clock.advance(ms) };
});

describeSessionStore('Redis', async () => ({
  store: new RedisSessionStore(limited, SUITE_IDLE_MS, 'gateway:suite'),
  nowMs: () => Date.now(),
  elapse: sleep,
}));

const keys = new SealingKeys([randomBytes(32)]);
describePendingLogins('memory', async () => new MemoryPendingLogins(new FakeClock()));
describePendingLogins('Redis', async () => new RedisPendingLogins(limited, new LoginSeals(keys)));

it('the account of gateways had a right to all of that, and to nothing of the auth service', async () => {
  const store = new RedisSessionStore(limited, SUITE_IDLE_MS);
  await Promise.all([store.count(), store.checkReadWrite()]);
  expect(await server.command('ACL', 'LOG')).toEqual([]);
  for (const key of ['session:{1}:x', 'limit:x', 'rev:key-bundle', 'rev:log']) {
    await expect(limited.set(key, '')).rejects.toThrow('NOPERM');
  }
  await expect(limited.get('session:{1}:x')).rejects.toThrow('NOPERM');
  await expect(limited.xadd('rev:log', '*', 'a', 'b')).rejects.toThrow('NOPERM');
  await expect(limited.publish('token_invalidation', '')).rejects.toThrow('NOPERM');
  await server.command('ACL', 'LOG', 'RESET');
});

describe('a login that nobody comes back from', () => {
  it('is forgotten after ten minutes, in memory', async () => {
    const clock = new FakeClock();
    const logins = new MemoryPendingLogins(clock);
    const login = aPendingLogin();
    await logins.keep(login);
    clock.advance(PENDING_LOGIN_MS);
    expect(await logins.take(login.transaction.state)).toBeUndefined();
  });

  it('is forgotten after ten minutes, in Redis, and tells nothing to who reads there', async () => {
    const logins = new RedisPendingLogins(redis, new LoginSeals(keys), 'dump');
    const login = aPendingLogin();
    await logins.keep(login);
    const [key] = await redis.keys('dump:login:*');
    expect(await redis.pttl(key!)).toBeGreaterThan(PENDING_LOGIN_MS - 60_000);
    expect(await redis.pttl(key!)).toBeLessThanOrEqual(PENDING_LOGIN_MS);
    const seen = `${key} ${await redis.get(key!)}`;
    const { state, nonce, codeVerifier } = login.transaction;
    for (const secret of [state, nonce, codeVerifier, login.browserHash]) expect(seen).not.toContain(secret);
  });

  it('cannot be finished with what somebody else put in its place', async () => {
    const logins = new RedisPendingLogins(redis, new LoginSeals(keys), 'swap');
    const [victim, planted] = [aPendingLogin(), aPendingLogin()];
    await logins.keep(planted);
    const [plantedKey] = await redis.keys('swap:login:*');
    const sealed = await redis.get(plantedKey!);
    await redis.del(plantedKey!);
    await logins.keep(victim);
    const [key] = await redis.keys('swap:login:*');
    await redis.set(key!, sealed!);
    expect(await logins.take(victim.transaction.state)).toBeUndefined();
  });
});

describe('sessions in Redis', () => {
  it('lie on one cluster slot each, and none of their keys lives for ever', async () => {
    const store = new RedisSessionStore(redis, 60_000, 'slots');
    const { record } = aStored(Date.now());
    await store.create(aStored(Date.now(), record));
    await store.acquireLease(record.sid, 'refresh', 'me', 5_000);
    await store.acquireLease(record.sid, 'provider-refresh', 'me', 5_000);
    const before = await redis.keys(`slots:{${record.sid}}:*`);
    expect(before).toHaveLength(3);
    for (const key of before) expect(await redis.pttl(key)).toBeGreaterThan(0);
    await store.remove(record.sid);
    const after = await redis.keys(`slots:{${record.sid}}:*`);
    expect(after).toEqual([`slots:{${record.sid}}:gone`]);
    expect(await redis.pttl(after[0]!)).toBeGreaterThan(0);
    // What stands between braces decides the slot; nothing else of a name does.
    for (const key of [...before, ...after]) expect(key.match(/\{([^}]*)\}/)?.[1]).toBe(record.sid);
  });

  it('are none where what stands there is not what we write', async () => {
    const store = new RedisSessionStore(redis, 60_000, 'odd');
    const { record } = aStored(Date.now());
    await store.create(aStored(Date.now(), record));
    await redis.hset(`odd:{${record.sid}}:session`, 'expiresAtMs', 'soon');
    expect(await store.find(record.sid)).toBeUndefined();
    const other = newSid();
    await redis.hset(`odd:{${other}}:session`, 'generation', '1');
    expect(await store.find(other)).toBeUndefined();
    await redis.set(`odd:{${other}}:session`, 'text');
    await expect(store.find(other)).rejects.toThrow(SessionStoreUnavailable);
  });

  it('survive a restart of Redis, and each call fails within a second while it stands still or is gone', async () => {
    const store = new RedisSessionStore(redis, 60_000, 'faults');
    const session = aStored(Date.now());
    await store.create(session);
    const { sid } = session.record;
    const calls = [
      () => store.find(sid),
      () => store.create(aStored(Date.now())),
      () => store.replaceTokens(sid, 9, 'x'),
      () => store.touch(sid, Date.now()),
      () => store.remove(newSid()),
      () => store.acquireLease(sid, 'refresh', 'me', 100),
      () => store.renewLease(sid, 'refresh', 'me', 100),
      () => store.releaseLease(sid, 'refresh', 'me'),
      () => store.count(),
    ];
    const allFail = async () => {
      const startedMs = performance.now();
      const outcomes = await Promise.allSettled(calls.map((call) => call()));
      for (const outcome of outcomes) {
        expect(outcome.status === 'rejected' && (outcome.reason as unknown)).toBeInstanceOf(SessionStoreUnavailable);
      }
      return performance.now() - startedMs;
    };
    server.pause();
    try {
      // The driver gives up after 400 ms; the rest is for a busy machine.
      expect(await allFail()).toBeLessThan(1_900);
    } finally {
      server.resume();
    }
    await eventually(() => store.find(sid), { timeoutMs: 10_000 });
    await server.kill();
    await eventually(allFail);
    await server.start();
    // Whether the use that was told to it while it stood still was written down, nobody can know.
    const kept = { ...session, record: { ...session.record, lastSeenAtMs: expect.any(Number) as number } };
    await eventually(async () => expect(await store.find(sid)).toEqual(kept), { timeoutMs: 10_000 });
    await server.kill();
    await server.startEmpty();
    await eventually(async () => expect(await store.find(sid)).toBeUndefined(), { timeoutMs: 10_000 });
  });
});
