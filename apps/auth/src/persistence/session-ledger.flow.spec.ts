import { randomHex, randomUuid } from '@gatehouse/kernel';
import { eventually, type MysqlServer, type RedisServer, startMysql, startRedis, testFolder } from '@gatehouse/testing';
import { createHash } from 'node:crypto';
import { opener } from '../../test/databases.js';
import { type Answer, type RunningAuth, startAuth } from '../../test/start-auth.js';
import { ActivityRecorder } from '../access/activity-recorder.js';
import { PersonalRecordsBook } from '../accounts/personal-records/personal-records.js';
import { generateSecrets } from '../config/embedded-secrets.js';

const secrets = generateSecrets();
const keys = { KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey, ROOT_SIGNING_KEY: secrets.rootSigningKey };
const aPerson = () => ({ email: `ledger-${randomHex(6)}@example.test`, password: 'correct horse battery' });

interface Held {
  readonly access_token: string;
  readonly refresh_token: string;
}
const held = ({ body }: Answer) => body.data as Held;
const sessionOf = ({ refresh_token }: Held) => refresh_token.split('.')[0]!;
const refresh = (auth: RunningAuth, { refresh_token }: Held) =>
  auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token } });
const list = (auth: RunningAuth, { access_token }: Held) =>
  auth.ask('GET', '/api/v1/sessions', { token: access_token });
const signOut = (auth: RunningAuth, { access_token }: Held) =>
  auth.ask('POST', '/api/v1/auth/signout', { token: access_token });
const signIn = async (auth: RunningAuth, person: object) =>
  held(await auth.ask('POST', '/api/v1/auth/signin', { body: person }));

async function ready(...instances: RunningAuth[]): Promise<void> {
  for (const auth of instances) {
    await eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'), {
      timeoutMs: 20_000,
    });
  }
}

/** Nothing of what was done so far is still on its way to the database. */
async function written(auth: RunningAuth): Promise<void> {
  // What requests add to their sessions is reported now and then, and would come later.
  await auth.app.get(ActivityRecorder).flush();
  await eventually(async () => expect((await auth.ask('GET', '/ready')).body.checks.session_ledger.waiting).toBe(0), {
    timeoutMs: 15_000,
  });
}

describe('an embedded service that is stopped and started again', () => {
  it('knows its sessions: they refresh, the ended one does not, and a spent token is reuse (R294)', async () => {
    const env = { ...keys, DATA_DIR: testFolder('ledger-embedded'), REFRESH_GRACE_SECONDS: '0' };
    const person = aPerson();
    const before = await startAuth(env);
    await ready(before);
    await before.ask('POST', '/api/v1/auth/signup', { body: person });
    const [kept, over, stolen] = [
      await signIn(before, person),
      await signIn(before, person),
      await signIn(before, person),
    ];
    const next = held(await refresh(before, stolen));
    expect((await signOut(before, over)).status).toBe(200);
    await before.close();

    const after = await startAuth(env);
    await ready(after);
    const again = await refresh(after, kept);
    expect(again.status).toBe(200);
    const ids = (await list(after, held(again))).body.data.sessions as unknown[];
    expect(ids).toHaveLength(2);
    expect((await refresh(after, over)).body.error.code).toBe('REFRESH_EXPIRED');
    expect((await refresh(after, stolen)).body.error.code).toBe('REFRESH_REUSE_DETECTED');
    expect((await refresh(after, next)).body.error.code).toBe('REFRESH_EXPIRED');

    const { past_sessions: past } = await after.app.get(PersonalRecordsBook).about(again.body.data.user.id as number);
    expect((past as { end_reason: string }[]).map(({ end_reason }) => end_reason)).toEqual([
      'reuse_detected',
      'user_signout',
    ]);
    await after.close();
  });

  it('gives the identical refresh token to whoever lost the answer in between', async () => {
    const env = { ...keys, DATA_DIR: testFolder('ledger-embedded'), REFRESH_GRACE_SECONDS: '60' };
    const person = aPerson();
    const before = await startAuth(env);
    await ready(before);
    await before.ask('POST', '/api/v1/auth/signup', { body: person });
    const first = await signIn(before, person);
    const next = held(await refresh(before, first));
    await before.close();

    const after = await startAuth(env);
    await ready(after);
    const again = await refresh(after, first);
    expect(again.headers['x-refresh-replayed']).toBe('1');
    expect(held(again).refresh_token).toBe(next.refresh_token);
    expect((await refresh(after, next)).status).toBe(200);
    await after.close();
  });
});

describe('on Redis and MySQL', () => {
  let redis: RedisServer;
  let mysql: MysqlServer;
  let env: Record<string, string>;
  let first: RunningAuth;
  let second: RunningAuth;
  beforeAll(async () => {
    [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
    env = { ...keys, REDIS_URL: redis.url, DATABASE_URL: (await mysql.createDatabase()).url };
    [first, second] = await Promise.all([startAuth(env), startAuth(env)]);
    await ready(first, second);
  }, 60_000);
  afterAll(async () => {
    await Promise.all([first.close(), second.close()]);
    await Promise.all([redis.kill(), mysql.kill()]);
  });

  const losses: [string, () => Promise<void>][] = [
    ['wiped', () => redis.flush()],
    ['killed and started empty', () => redis.kill().then(() => redis.startEmpty())],
  ];
  it.each(losses)('sessions outlive a Redis that is %s, ended ones stay ended (F3, I2)', async (_how, lose) => {
    const person = aPerson();
    await first.ask('POST', '/api/v1/auth/signup', { body: person });
    const evicted = await signIn(first, person);
    const over = await signIn(first, person);
    const removed = await signIn(first, person);
    const kept = await signIn(first, person);
    await signIn(first, person);
    await signIn(second, person);
    expect((await signOut(second, over)).status).toBe(200);
    const sid = sessionOf(removed);
    expect((await first.ask('DELETE', `/api/v1/sessions/${sid}`, { token: kept.access_token })).status).toBe(200);

    await lose();
    await ready(first, second);
    const again = await eventually(async () => {
      const answer = await refresh(second, kept);
      expect(answer.status).toBe(200);
      return answer;
    });
    expect((await list(first, held(again))).body.data.sessions).toHaveLength(3);
    for (const gone of [evicted, over, removed]) {
      expect((await refresh(first, gone)).body.error.code).toBe('REFRESH_EXPIRED');
    }
  });

  it('a rotation at one instance is known at the other after a wipe (I3)', async () => {
    const person = aPerson();
    await first.ask('POST', '/api/v1/auth/signup', { body: person });
    const start = await signIn(first, person);
    const next = held(await refresh(first, start));
    const latest = held(await refresh(first, next));
    await redis.flush();
    await ready(first, second);
    expect((await refresh(second, start)).body.error.code).toBe('REFRESH_REUSE_DETECTED');
    await redis.flush();
    await ready(first, second);
    expect((await refresh(first, latest)).body.error.code).toBe('REFRESH_EXPIRED');
  });

  it('a session whose revocation the ledger has not heard of does not come back either', async () => {
    const person = aPerson();
    await first.ask('POST', '/api/v1/auth/signup', { body: person });
    const session = await signIn(first, person);
    const sid = sessionOf(session);
    // As the command line does: a row in the database, and nothing else.
    const database = await (await opener(env['DATABASE_URL']!))();
    const entry = { entryId: randomUuid(), scope: 'sid', value: sid, cutoff: 0, reason: 'admin' };
    const times = { untilMs: Date.now() + 600_000, deliveredAtMs: Date.now() };
    await database.dataSource.getRepository('Revocation').insert({ ...entry, ...times, userId: null });
    await database.close();
    await redis.flush();
    await ready(first, second);
    expect((await refresh(second, session)).body.error.code).toBe('REFRESH_EXPIRED');
  });

  it('who writes to Redis gets no rights by it, and nobody else’s session', async () => {
    const [person, other] = [aPerson(), aPerson()];
    for (const body of [person, other]) await first.ask('POST', '/api/v1/auth/signup', { body });
    const [own, theirs] = [await signIn(first, person), await signIn(first, other)];
    const keyOf = async (session: Held) => {
      const userId = String(await redis.command('GET', `session:owner:${sessionOf(session)}`));
      return { userId, key: `session:{u${userId}}:s:${sessionOf(session)}` };
    };
    const { userId, key } = await keyOf(own);
    for (const [name, value] of [
      ['roles', ['user', 'admin']],
      ['scope', 'admin:users'],
      ['authenticatedAtMs', Date.now()],
    ]) {
      await redis.command('HSET', key, `now:${String(name)}`, JSON.stringify(value));
    }
    const next = held(await refresh(second, own));
    const claims = JSON.parse(Buffer.from(next.access_token.split('.')[1]!, 'base64url').toString()) as object;
    expect(claims).toMatchObject({ sub: userId, roles: ['user'], scope: '' });
    expect((await first.ask('GET', '/api/v1/admin/users', { token: next.access_token })).status).toBe(403);

    // A text of their own in the place of somebody's refresh token.
    const madeUp = `${sessionOf(theirs)}.${'A'.repeat(43)}`;
    const hash = createHash('sha256').update(madeUp).digest('hex');
    await redis.command('HSET', (await keyOf(theirs)).key, 'refreshTokenHash', hash, 'rotationHash', hash);
    const taken = await refresh(first, { ...theirs, refresh_token: madeUp });
    expect(taken.body.error.code).toBe('REFRESH_INVALID');
  });

  it('MySQL away, refresh goes on within its time, readiness says what waits, and it is written afterwards (F13)', async () => {
    const person = aPerson();
    await first.ask('POST', '/api/v1/auth/signup', { body: person });
    let session = await signIn(first, person);
    await written(first);
    mysql.pause();
    for (let n = 0; n < 3; n++) {
      const startedMs = performance.now();
      const answer = await refresh(first, session);
      expect(performance.now() - startedMs).toBeLessThan(2_000);
      expect(answer.status).toBe(200);
      session = held(answer);
    }
    await eventually(async () => {
      const { session_ledger: ledger } = (await first.ask('GET', '/ready')).body.checks;
      expect(ledger).toMatchObject({ reachable: false, waiting: 1 });
      expect(ledger.oldest_ms).toBeGreaterThan(0);
    });
    const metrics = (await first.ask('GET', '/metrics')).text;
    expect(metrics).toMatch(/^auth_session_ledger_waiting\{?.*\}? 1$/m);
    expect(metrics).toMatch(/^auth_session_ledger_oldest_seconds\{?.*\}? [0-9.]+$/m);
    mysql.resume();
    await written(first);
    await ready(first, second);
    await redis.flush();
    await ready(first, second);
    expect((await refresh(second, session)).status).toBe(200);
  }, 60_000);
});
