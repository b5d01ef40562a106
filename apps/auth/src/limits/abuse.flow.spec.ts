import { randomHex } from '@gatehouse/kernel';
import { eventually, type MysqlServer, type RedisServer, startMysql, startRedis } from '@gatehouse/testing';
import { signedIn } from '../../test/administrators.js';
import { startReadyAuth } from '../../test/mailbox.js';
import { type Answer, type RunningAuth, startAuth } from '../../test/start-auth.js';
import { AccountTokens } from '../accounts/tokens/account-tokens.js';
import { generateSecrets } from '../config/embedded-secrets.js';
import { canonicalEmail } from '../users/email-address.js';
import { UserRepository } from '../users/user-repository.port.js';

const PASSWORD = 'correct horse battery';
const secrets = generateSecrets();
const env = {
  RATE_LIMIT_ENABLED: 'true',
  TRUSTED_PROXIES: '127.0.0.1',
  KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
  ROOT_SIGNING_KEY: secrets.rootSigningKey,
};

let hosts = 0;
/** An address nobody has used yet. */
const anAddress = () => `198.18.${(++hosts >> 8) & 255}.${hosts & 255}`;
const from = (ip: string) => ({ 'x-forwarded-for': ip });
const signIn = (auth: RunningAuth, ip: string, body: object) =>
  auth.ask('POST', '/api/v1/auth/signin', { body, headers: from(ip) });

async function aPerson(auth: RunningAuth) {
  const person = { email: `user-${randomHex(6)}@example.test`, password: PASSWORD };
  const signedUp = await auth.ask('POST', '/api/v1/auth/signup', { body: person, headers: from(anAddress()) });
  expect(signedUp.status).toBe(201);
  return person;
}

describe('somebody who guesses', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startReadyAuth(env);
  });
  afterAll(() => auth.close());

  it('from a hundred networks is slowed down; the owner gets in from a known device and from home (A11)', async () => {
    const person = await aPerson(auth);
    const home = anAddress();
    const { device_token } = (await signIn(auth, home, person)).body.data;

    const wrong = [];
    for (let n = 0; n < 100; n++) wrong.push(await signIn(auth, anAddress(), { ...person, password: `guess ${n}` }));
    const admitted = wrong.filter(({ status }) => status === 401);
    expect(admitted.length).toBeLessThanOrEqual(10);
    expect(wrong.at(-1)).toMatchObject({ status: 429, body: { error: { code: 'RATE_LIMITED' } } });
    expect(Number(wrong.at(-1)!.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    // Not even the right password helps a stranger now: it is not looked at.
    expect((await signIn(auth, anAddress(), person)).status).toBe(429);

    expect((await signIn(auth, home, person)).status).toBe(200);
    expect((await signIn(auth, anAddress(), { ...person, device_token })).status).toBe(200);
  });

  it('learns nothing of which accounts exist (C15)', async () => {
    const known = await aPerson(auth);
    const told = async (email: string) => {
      const answers: unknown[] = [];
      for (let n = 0; n < 15; n++) {
        const { status, headers, body } = await signIn(auth, anAddress(), { email, password: 'wrong' });
        const { request_id: _id, ...error } = body.error;
        answers.push([status, error, headers['ratelimit-policy'], headers['x-ratelimit-remaining']]);
      }
      return answers;
    };
    expect(await told(known.email)).toEqual(await told(`nobody-${randomHex(6)}@example.test`));
  });

  it('keeps nobody waiting whose password has been reset, though they come from where nobody knows them', async () => {
    const person = await aPerson(auth);
    for (let n = 0; n < 6; n++) await signIn(auth, anAddress(), { ...person, password: 'wrong' });
    expect((await signIn(auth, anAddress(), person)).status).toBe(429);
    const user = await auth.app.get(UserRepository).findByEmail(canonicalEmail(person.email));
    const tokens = auth.app.get(AccountTokens, { strict: false });
    const token = await tokens.mint(user!.id, 'reset_password', 60_000, canonicalEmail(person.email));
    const body = { token, password: 'another correct horse' };
    const reset = await auth.ask('POST', '/api/v1/auth/password/reset', { body, headers: from(anAddress()) });
    expect(reset.status).toBe(200);
    expect((await signIn(auth, anAddress(), { ...person, password: body.password })).status).toBe(200);
  });

  it('keeps nobody waiting whom an administrator lets in, and counts anew from then on', async () => {
    const person = await aPerson(auth);
    const admin = await signedIn(auth, ['user', 'admin']);
    const change = async (token: string, body: object, id: number) =>
      auth.ask('PATCH', `/api/v1/admin/users/${id}`, { token, body, headers: from(anAddress()) });
    for (let n = 0; n < 6; n++) await signIn(auth, anAddress(), { ...person, password: 'wrong' });
    expect((await signIn(auth, anAddress(), person)).status).toBe(429);
    const { id } = (await auth.app.get(UserRepository).findByEmail(canonicalEmail(person.email)))!;
    expect((await change(admin.token, { unlock: false }, id)).status).toBe(200);
    expect((await signIn(auth, anAddress(), person)).status).toBe(429);
    expect((await change(admin.token, { unlock: true }, id)).status).toBe(200);
    expect((await signIn(auth, anAddress(), person)).status).toBe(200);
    for (let n = 0; n < 6; n++) await signIn(auth, anAddress(), { ...person, password: 'wrong' });
    expect((await signIn(auth, anAddress(), person)).status).toBe(429);
    expect((await change(admin.token, { unlock: true }, 999_999)).body.error.code).toBe('USER_NOT_FOUND');
  });

  it('with a stolen token at the old password of its owner is slowed down as well', async () => {
    const person = await aPerson(auth);
    const token = (await signIn(auth, anAddress(), person)).body.data.access_token as string;
    const body = { current: 'wrong', new: 'another correct horse' };
    const statuses = [];
    for (let n = 0; n < 5; n++) {
      const answer = await auth.ask('POST', '/api/v1/auth/password/change', {
        body,
        token,
        headers: from(anAddress()),
      });
      statuses.push(answer.status);
    }
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    // Its owner signs in all the same.
    expect((await signIn(auth, anAddress(), person)).status).toBe(200);
  });

  it('with bodies that cannot be read slows down nobody', async () => {
    const person = await aPerson(auth);
    for (let n = 0; n < 8; n++) {
      const answer = await signIn(auth, anAddress(), { email: person.email, extra: 1 });
      expect(answer.status).toBe(400);
    }
    expect((await signIn(auth, anAddress(), person)).status).toBe(200);
  });

  it('presents the credential of a device of somebody else’s in vain', async () => {
    const victim = await aPerson(auth);
    const attacker = await aPerson(auth);
    const { device_token } = (await signIn(auth, anAddress(), attacker)).body.data;
    const answers: Answer[] = [];
    for (let n = 0; n < 20; n++) {
      answers.push(await signIn(auth, anAddress(), { ...victim, password: 'wrong', device_token }));
    }
    expect(answers.filter(({ status }) => status === 401).length).toBeLessThanOrEqual(10);
    expect(answers.at(-1)!.status).toBe(429);
  });
});

describe('two instances', () => {
  let redis: RedisServer;
  let mysql: MysqlServer;
  let instances: RunningAuth[];
  beforeAll(async () => {
    [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
    const shared = {
      ...env,
      REDIS_URL: redis.url,
      DATABASE_URL: (await mysql.createDatabase()).url,
      SIGNIN_FREE_FAILURES: '100',
      // Only the limits may refuse here.
      HASHING_MAX_WAIT_MS: '60000',
    };
    instances = await Promise.all([startAuth(shared), startAuth(shared)]);
    for (const auth of instances) {
      await eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'), {
        timeoutMs: 15_000,
      });
    }
  }, 60_000);
  afterAll(async () => {
    await Promise.all(instances.map((auth) => auth.close()));
    await Promise.all([redis.stop(), mysql.stop()]);
  });

  /** 40 attempts at once, half of them at each instance. @returns how many were admitted, and the slowest in ms */
  async function storm(ip: () => string, email: () => string) {
    const startedMs = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 40 }, (_, n) => signIn(instances[n % 2]!, ip(), { email: email(), password: 'wrong' })),
    );
    for (const { status } of answers) expect([401, 429]).toContain(status);
    const admitted = answers.filter(({ status }) => status === 401).length;
    return { admitted, tookMs: performance.now() - startedMs };
  }

  it('together admit the limit of an address, and of an account, and not one more (I10)', async () => {
    const ip = anAddress();
    let n = 0;
    expect(
      (
        await storm(
          () => ip,
          () => `someone-${++n}@example.test`,
        )
      ).admitted,
    ).toBe(10);
    expect((await storm(anAddress, () => 'one@example.test')).admitted).toBe(10);
  });

  it('admit at most the limit each while Redis is away, never without limit, and count together again after (I10)', async () => {
    const before = anAddress();
    let n = 0;
    const others = () => `other-${++n}@example.test`;
    expect((await storm(() => before, others)).admitted).toBe(10);
    await redis.kill();
    try {
      // What an instance admitted before the outage still counts there.
      expect((await storm(() => before, others)).admitted).toBeLessThanOrEqual(10);
      const fresh = anAddress();
      const { admitted, tookMs } = await storm(() => fresh, others);
      expect(admitted).toBeLessThanOrEqual(20);
      expect(admitted).toBeGreaterThanOrEqual(10);
      expect(tookMs).toBeLessThan(2_000);
    } finally {
      await redis.start();
    }
    await eventually(
      async () => {
        const later = anAddress();
        expect((await storm(() => later, others)).admitted).toBe(10);
      },
      { timeoutMs: 15_000, everyMs: 500 },
    );
  }, 60_000);
});
