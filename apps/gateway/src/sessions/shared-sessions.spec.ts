import { eventually, startRedis, type RedisServer } from '@gatehouse/testing';
import { silentLogger } from '@gatehouse/observability';
import { randomBytes } from 'node:crypto';
import { aPendingLogin } from '../../test/pending-logins.conformance.js';
import { DENY, KEY, SessionsRig, type Instance } from '../../test/sessions-rig.js';
import { loginLimiter } from '../login/login-limiter.js';

const REFRESH = '/api/v1/auth/refresh';
const EXPIRED_MS = 901_000;
/** With what a busy machine takes besides. */
const UNAVAILABLE_WITHIN_MS = 1_900;

let server: RedisServer;
let rig: SessionsRig;
let one: Instance;
let other: Instance;
beforeAll(async () => {
  server = await startRedis();
  rig = await SessionsRig.start();
  [one, other] = await Promise.all([rig.instance({ redisUrl: server.url }), rig.instance({ redisUrl: server.url })]);
});
afterAll(async () => {
  await rig.close();
  await server.stop();
});
beforeEach(() => {
  rig.auth.requests.length = 0;
  rig.auth.wrong.clear();
});

const look = (instance: Instance, cookie: string) => instance.sessions.look(cookie, DENY);
/** Past what was read a moment ago. */
const later = () => rig.time.advance(1_001);

describe('two gateways with one Redis', () => {
  it('know each other’s sessions, and both hear of an end', async () => {
    const { cookie, sid } = await rig.signIn(one);
    expect((await look(other, cookie)).kind).toBe('live');
    const found = await look(other, cookie);
    if (found.kind !== 'live') throw new Error(found.kind);
    let closed = 0;
    one.sessions.onEnded(sid, () => (closed += 1));
    await other.sessions.end(found.session, 'logout');
    expect(closed).toBe(1);
    for (const instance of [one, other]) expect((await look(instance, cookie)).kind).toBe('none');
    expect(await one.store.find(sid)).toBeUndefined();
  });

  it('renew an expired token once for 50 requests at once, and sign nobody out', async () => {
    const { cookie } = await rig.signIn(one);
    await look(other, cookie);
    rig.time.advance(EXPIRED_MS);
    const asked = Array.from({ length: 50 }, (_, nth) => look(nth % 2 === 0 ? one : other, cookie));
    const kinds = (await Promise.all(asked)).map(({ kind }) => kind);
    expect(new Set(kinds)).toEqual(new Set(['live']));
    expect(rig.auth.count(REFRESH)).toBe(1);
  });

  it('leave no session where one ends it while the other renews, in 100 rounds (I8, F34)', async () => {
    const before = rig.auth.rotations;
    for (let batch = 0; batch < 4; batch += 1) {
      const people = await Promise.all(Array.from({ length: 25 }, () => rig.signIn(one)));
      rig.time.advance(EXPIRED_MS);
      await Promise.all(
        people.map(async ({ cookie, sid }, nth) => {
          const looking = look(one, cookie);
          for (let turns = nth * 4; turns > 0; turns -= 1) await new Promise((resolve) => setImmediate(resolve));
          await other.store.remove(sid);
          await looking;
        }),
      );
      later();
      for (const { cookie, sid } of people) {
        expect((await look(one, cookie)).kind).toBe('none');
        expect(await one.store.find(sid)).toBeUndefined();
      }
    }
    expect(rig.auth.rotations).toBeGreaterThan(before);
  });

  it('go on where one was killed between the auth service’s answer and the writing of it', async () => {
    const { cookie, sid } = await rig.signIn(one);
    rig.time.advance(EXPIRED_MS);
    // As the killed one leaves it: the lease taken, the refresh token spent, nothing written.
    expect(await one.store.acquireLease(sid, 'refresh', 'killed', 500)).toBe(true);
    const spent = rig.auth.sessions.get(sid)!.refreshToken;
    await rig.authService().refresh(spent, '');
    await eventually(async () => expect((await look(other, cookie)).kind).toBe('live'));
    expect(rig.auth.sessions.get(sid)?.hasEnded).toBe(false);
    expect(rig.auth.count(REFRESH)).toBe(2);
  });

  it('open each other’s sessions while sealing keys are being changed, and none with a key that is lost', async () => {
    const newKey = randomBytes(32);
    const [changing, lost] = await Promise.all([
      rig.instance({ redisUrl: server.url, keys: [newKey, KEY] }),
      rig.instance({ redisUrl: server.url, keys: [randomBytes(32)] }),
    ]);
    const { cookie } = await rig.signIn(one);
    expect((await look(changing, cookie)).kind).toBe('live');
    // What cannot be opened here is left alone for those who can.
    expect(await look(lost, cookie)).toEqual({ kind: 'none', clear: true, reason: 'seal_broken' });
    later();
    expect((await look(one, cookie)).kind).toBe('live');
  });

  it('keep nothing in Redis that lets anybody in: no token, no secret, no address (O6)', async () => {
    const { cookie, sid } = await rig.signIn(one, { refreshToken: 'provider-refresh' });
    rig.time.advance(EXPIRED_MS);
    const found = await look(one, cookie);
    if (found.kind !== 'live') throw new Error(found.kind);
    const dump = await everythingIn(one);
    expect(dump).toContain(sid);
    const { accessToken, refreshToken, provider } = found.session.tokens;
    const secrets = [cookie.split('.')[1]!, accessToken, refreshToken, provider!.accessToken, provider!.idToken];
    for (const secret of [...secrets, 'provider-refresh', 'example.test']) {
      expect(dump).not.toContain(secret);
    }
    // Two parts of a token: three letters alone also turn up in what is sealed.
    expect(dump).not.toMatch(/eyJ[\w-]+\.eyJ/);
  });

  it('see nothing of another installation there whose keys begin otherwise', async () => {
    const apart = await rig.instance({ redisUrl: server.url, prefix: 'gateway:eu' });
    const keysBefore = new Set(await one.redis!.keys('*'));
    const liveBefore = (await one.store.count()).live;
    const { cookie, sid } = await rig.signIn(apart);
    const login = aPendingLogin();
    await apart.pendingLogins.keep(login);
    const bucket = { kind: 'token-bucket', policy: 'p', key: 'k', limit: 1, windowMs: 60_000 } as const;
    await loginLimiter(apart.redis, 'gateway:eu', silentLogger).take('logins', [bucket]);
    await eventually(async () => expect((await apart.store.count()).live).toBe(1));
    const added = (await one.redis!.keys('*')).filter((key) => !keysBefore.has(key));
    expect(added.map((key) => key.slice(0, 'gateway:eu:'.length))).toEqual(added.map(() => 'gateway:eu:'));
    expect(added.length).toBeGreaterThanOrEqual(4);
    expect((await look(apart, cookie)).kind).toBe('live');
    expect([await one.store.find(sid), (await one.store.count()).live]).toEqual([undefined, liveBefore]);
    expect(await one.pendingLogins.take(login.transaction.state)).toBeUndefined();
    expect(await apart.pendingLogins.take(login.transaction.state)).toEqual(login);
  });

  it('warn each time a Redis comes up that may drop sessions', async () => {
    const said: string[] = [];
    const warn = (message: string, facts: unknown) => void said.push(`${message} ${JSON.stringify(facts)}`);
    const warned = await rig.instance({ redisUrl: server.url, logger: { ...silentLogger, warn } });
    await server.command('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      for (let times = 0; times < 2; times++) {
        said.length = 0;
        warned.redis!.disconnect(true);
        await eventually(() => expect(said.join()).toMatch(/noeviction.*"policy":"allkeys-lru"/));
      }
    } finally {
      await server.command('CONFIG', 'SET', 'maxmemory-policy', 'noeviction');
    }
  });

  it('take nothing that somebody wrote into Redis for a session', async () => {
    const [victim, attacker] = [await rig.signIn(one), await rig.signIn(one)];
    const redis = one.redis!;
    const key = (sid: string) => `gateway:{${sid}}:session`;
    const own = await redis.hgetall(key(attacker.sid));
    // Their own secret on the victim's session, with the victim's tokens, and with their own.
    await redis.hset(key(victim.sid), 'secretHash', own['secretHash']!);
    const forged = `__Host-gw=${victim.sid}.${attacker.cookie.split('.')[1]}`;
    expect(await look(other, forged)).toMatchObject({ kind: 'none', reason: 'seal_broken' });
    await redis.hset(key(victim.sid), 'tokens', own['tokens']!);
    later();
    expect(await look(other, forged)).toMatchObject({ kind: 'none', reason: 'seal_broken' });
    // Longer life does not outlive the auth service's word.
    await redis.hset(key(attacker.sid), 'expiresAtMs', String(9e15), 'userId', '1');
    later();
    expect((await look(other, attacker.cookie)).kind).toBe('none');
  });
});

describe('Redis away', () => {
  it('is 503 within a second and never a login, unless a route goes on with what was known (F37)', async () => {
    const { cookie } = await rig.signIn(one);
    const stale = (staleMs: number) => one.sessions.look(cookie, { kind: 'stale', staleMs });
    later();
    server.pause();
    try {
      const startedMs = performance.now();
      expect(await look(one, cookie)).toEqual({ kind: 'unavailable', retryAfterSeconds: 1 });
      expect(performance.now() - startedMs).toBeLessThan(UNAVAILABLE_WITHIN_MS);
      // Another gateway has never seen it, and a route that denies goes on with nothing.
      expect((await other.sessions.look(cookie, { kind: 'stale', staleMs: 30_000 })).kind).toBe('unavailable');
      expect((await stale(30_000)).kind).toBe('live');
      // What was known must still be true: its secret, its end, its age.
      const guess = cookie.replace(/\..*/, `.${randomBytes(32).toString('base64url')}`);
      expect((await one.sessions.look(guess, { kind: 'stale', staleMs: 30_000 })).kind).toBe('unavailable');
      rig.time.advance(31_000);
      expect((await stale(30_000)).kind).toBe('unavailable');
      await expect(rig.signIn(one)).rejects.toMatchObject({ code: 'SESSION_ERROR' });
    } finally {
      server.resume();
    }
    await eventually(async () => expect((await look(one, cookie)).kind).toBe('live'), { timeoutMs: 10_000 });
  });

  it('goes on with no session that has ended: the feed decides, whatever a route would trust', async () => {
    const { cookie, sid } = await rig.signIn(one);
    await server.kill();
    rig.auth.end(sid);
    expect((await one.sessions.look(cookie, { kind: 'stale', staleMs: 30_000 })).kind).not.toBe('live');
    await server.start();
    await eventually(async () => expect((await look(other, cookie)).kind).toBe('none'), { timeoutMs: 10_000 });
    // Removed as soon as Redis is back.
    await eventually(async () => expect(await one.store.find(sid)).toBeUndefined(), { timeoutMs: 10_000 });
  });

  it('between a renewal and the writing of it costs nobody their session', async () => {
    const { cookie, sid } = await rig.signIn(one);
    rig.time.advance(EXPIRED_MS - 30_000);
    expect((await look(one, cookie)).kind).toBe('live');
    await eventually(() => expect(rig.auth.count(REFRESH)).toBe(1));
    rig.time.advance(EXPIRED_MS);
    // It stands still as soon as the auth service is asked, and is back after the auth service's grace.
    rig.auth.delayMs = 100;
    const looking = look(one, cookie);
    await eventually(() => expect(rig.auth.count(REFRESH)).toBe(2));
    server.pause();
    try {
      expect((await looking).kind).toBe('live');
      rig.auth.delayMs = 0;
      rig.time.advance(20_000);
    } finally {
      server.resume();
    }
    await eventually(async () => expect((await one.store.find(sid))?.record.generation).toBe(3), { timeoutMs: 10_000 });
    rig.time.advance(EXPIRED_MS);
    await eventually(async () => expect((await look(other, cookie)).kind).toBe('live'), { timeoutMs: 10_000 });
    expect(rig.auth.sessions.get(sid)?.hasEnded).toBe(false);
  });

  it('and back with nothing in it sends everybody to the login, once', async () => {
    const { cookie } = await rig.signIn(one);
    await server.kill();
    await server.startEmpty();
    later();
    await eventually(async () => expect((await look(one, cookie)).kind).toBe('none'), { timeoutMs: 10_000 });
    const again = await rig.signIn(one);
    // The other one finds its way back in its own time.
    await eventually(async () => expect((await look(other, again.cookie)).kind).toBe('live'), { timeoutMs: 10_000 });
  });

  it('shows in the figures', async () => {
    const text = await one.metrics.text();
    for (const name of ['redis_memory_used_bytes', 'redis_evicted_keys', 'redis_command_latency_seconds']) {
      expect(text).toMatch(new RegExp(`^${name}\\{service="gateway"\\} \\d`, 'm'));
    }
    expect(text).toMatch(/^redis_pool_connections\{service="gateway"\} 1$/m);
  });
});

async function everythingIn({ redis }: Instance): Promise<string> {
  const parts: string[] = [];
  for (const key of await redis!.keys('*')) {
    const type = await redis!.type(key);
    if (type === 'hash') parts.push(key, JSON.stringify(await redis!.hgetall(key)));
    else if (type === 'string') parts.push(key, (await redis!.get(key)) ?? '');
    else parts.push(key, JSON.stringify(await redis!.zrange(key, 0, -1)));
  }
  return parts.join('\n');
}
