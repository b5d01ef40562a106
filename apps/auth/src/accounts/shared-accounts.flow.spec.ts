import { randomHex } from '@gatehouse/kernel';
import { eventually, freshMysqlDatabaseUrl, type RedisServer, startRedis } from '@gatehouse/testing';
import { opener } from '../../test/databases.js';
import { lettersOf, startReadyAuth, tokenIn } from '../../test/mailbox.js';
import type { RunningAuth } from '../../test/start-auth.js';
import type { AuditEventRow } from '../audit/adapters/audit-event.entity.js';
import { generateSecrets } from '../config/embedded-secrets.js';
import { EraseAccounts } from './erasure/erase-accounts.js';

const PASSWORD = 'difference engine';
const secrets = generateSecrets();
const anAddress = () => `Ada-${randomHex(6)}@example.test`;
const post = (auth: RunningAuth, path: string, body: object, token?: string) =>
  auth.ask('POST', `/api/v1/auth/${path}`, { body, ...(token === undefined ? {} : { token }) });
const sweep = (auth: RunningAuth) => auth.app.get(EraseAccounts, { strict: false }).run();

describe('accounts on Redis and MySQL', () => {
  let redis: RedisServer;
  let env: Record<string, string>;
  let instances: readonly RunningAuth[];
  beforeAll(async () => {
    redis = await startRedis();
    env = {
      KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
      ROOT_SIGNING_KEY: secrets.rootSigningKey,
      REDIS_URL: redis.url,
      DATABASE_URL: await freshMysqlDatabaseUrl(),
    };
    instances = await Promise.all([startReadyAuth(env), startReadyAuth(env)]);
  }, 60_000);
  afterAll(async () => {
    await Promise.all(instances.map((auth) => auth.close()));
    await redis.stop();
  });

  const signIn = (auth: RunningAuth, email: string, password = PASSWORD) => post(auth, 'signin', { email, password });
  async function aPerson() {
    const email = anAddress();
    await post(instances[0]!, 'signup', { email, password: PASSWORD });
    const { body } = await signIn(instances[0]!, email);
    return { email, id: body.data.user.id as number, token: body.data.access_token as string };
  }
  /** Either instance may have taken the letter. */
  async function linkTo(email: string, subject: RegExp): Promise<string> {
    const find = () =>
      instances.flatMap(lettersOf).find((letter) => letter.to === email && subject.test(letter.subject));
    await eventually(() => expect(find()).toBeDefined());
    return tokenIn(find()!);
  }

  it('a password is set by one of a hundred uses of one link at two instances', async () => {
    const { email } = await aPerson();
    await post(instances[0]!, 'password/forgot', { email });
    const token = await linkTo(email, /new password/);
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        post(instances[n % 2]!, 'password/reset', { token, password: `engine number ${n} of mine` }),
      ),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 400]));
  });

  it('a changed password ends the other sessions at every instance (A12)', async () => {
    const { email, token } = await aPerson();
    const other = (await signIn(instances[1]!, email)).body.data.access_token as string;
    const changed = await post(
      instances[0]!,
      'password/change',
      { current: PASSWORD, new: 'analytical engine' },
      token,
    );
    expect(changed.status).toBe(200);
    for (const auth of instances) {
      await eventually(async () =>
        expect((await auth.ask('GET', '/api/v1/sessions', { token: other })).status).toBe(401),
      );
      expect((await auth.ask('GET', '/api/v1/sessions', { token })).status).toBe(200);
    }
  });

  it('an account is erased once, however many instances see to it, and leaves only ids', async () => {
    const leaving = await Promise.all(Array.from({ length: 6 }, aPerson));
    const staying = await aPerson();
    const { dataSource } = await (await opener(env['DATABASE_URL']!))();
    const users = dataSource.getRepository('User');
    for (const { token, id } of leaving) {
      expect((await instances[0]!.ask('DELETE', '/api/v1/auth/account', { token })).status).toBe(202);
      await users.update({ id }, { eraseAtMs: 1 });
    }
    const erased = await Promise.all(instances.flatMap((auth) => [sweep(auth), sweep(auth)]));
    expect(erased.reduce((sum, count) => sum + count, 0)).toBe(6);
    const ids = leaving.map(({ id }) => id);
    for (const id of ids) expect(await users.findOneBy({ id })).toBeNull();
    expect(await users.findOneBy({ id: staying.id })).not.toBeNull();
    await eventually(async () => {
      const events = await dataSource.getRepository<AuditEventRow>('AuditEvent').find();
      const gone = events.filter(({ kind }) => kind === 'account.erased').map(({ userId }) => userId);
      expect(gone.sort()).toEqual([...ids].sort());
      for (const { email } of leaving) expect(JSON.stringify(events)).not.toContain(email);
    });
    for (const table of ['AccountToken', 'MailMessage']) {
      const left = await dataSource.getRepository(table).find();
      expect(left.filter((row) => ids.includes((row as { userId: number }).userId))).toEqual([]);
      for (const { email } of leaving) expect(JSON.stringify(left)).not.toContain(email);
    }
  });

  it('of an erasure and a sign-in at the same moment one comes first, and both believe it', async () => {
    const { dataSource } = await (await opener(env['DATABASE_URL']!))();
    const users = dataSource.getRepository('User');
    for (let round = 0; round < 10; round++) {
      const { email, id, token } = await aPerson();
      await instances[0]!.ask('DELETE', '/api/v1/auth/account', { token });
      await users.update({ id }, { eraseAtMs: 1 });
      const [signedIn] = await Promise.all([signIn(instances[0]!, email), sweep(instances[1]!)]);
      const row = await users.findOneBy({ id });
      if (signedIn.status === 200) expect(row).toMatchObject({ eraseAtMs: null, disabledAtMs: null });
      else expect([signedIn.body.error.code, row]).toEqual([expect.stringMatching(/INVALID_CRED|DISABLED/), null]);
    }
  });

  it('with Redis away a password is still set anew, in time, and all sessions are over when it is back', async () => {
    const { email, token } = await aPerson();
    await post(instances[0]!, 'password/forgot', { email });
    const link = await linkTo(email, /new password/);
    await redis.kill();
    const startedMs = performance.now();
    const reset = await post(instances[0]!, 'password/reset', { token: link, password: 'analytical engine' });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    expect(reset.status).toBe(200);
    await redis.startEmpty();
    for (const auth of instances) {
      await eventually(async () => expect((await auth.ask('GET', '/api/v1/sessions', { token })).status).toBe(401), {
        timeoutMs: 15_000,
      });
    }
    expect((await signIn(instances[1]!, email, 'analytical engine')).status).toBe(200);
  }, 60_000);
});
