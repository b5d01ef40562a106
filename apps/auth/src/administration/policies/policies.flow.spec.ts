import { eventually, freshMysqlDatabaseUrl, sharedRedisUrl } from '@gatehouse/testing';
import { aPerson, signedIn, signIn, type SignedInPerson } from '../../../test/administrators.js';
import { type RunningAuth, startAuth } from '../../../test/start-auth.js';
import { generateSecrets } from '../../config/embedded-secrets.js';

const POLICY = { max_sessions_per_user: 2, idle_seconds: 600, absolute_seconds: 3_600 };

describe('the policy of sessions', () => {
  let first: RunningAuth;
  let second: RunningAuth;
  let admin: SignedInPerson;
  beforeAll(async () => {
    const { keyEncryptionKey, rootSigningKey } = generateSecrets();
    const env = {
      KEY_ENCRYPTION_KEY: keyEncryptionKey,
      ROOT_SIGNING_KEY: rootSigningKey,
      REDIS_URL: await sharedRedisUrl(),
      DATABASE_URL: await freshMysqlDatabaseUrl(),
    };
    [first, second] = await Promise.all([startAuth(env), startAuth(env)]);
    for (const auth of [first, second]) {
      await eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'));
    }
    admin = await signedIn(first, ['user', 'admin']);
  });
  afterAll(() => Promise.all([first.close(), second.close()]));

  const path = '/api/v1/admin/policies/session';
  const put = (body: object) => first.ask('PUT', path, { token: admin.token, body });

  it('is what is configured until it is set, and then in force at all instances', async () => {
    const before = await first.ask('GET', path, { token: admin.token });
    expect(before.body.data).toMatchObject({ version: 0, policy: { max_sessions_per_user: 5 }, updated_by: null });
    expect((await put({ ...POLICY, version: 0 })).body.data).toMatchObject({ version: 1, updated_by: admin.user.id });
    await eventually(
      async () => {
        const person = await aPerson(second);
        for (let n = 0; n < 3; n++) await signIn(second, person);
        const { token } = await signIn(second, person);
        const { body } = await second.ask('GET', '/api/v1/sessions', { token });
        expect(body.data.count).toBe(2);
        const [session] = body.data.sessions;
        const lifeMs = Date.parse(session.absolute_expires_at) - Date.parse(session.created_at);
        expect(lifeMs).toBe(3_600_000);
      },
      { timeoutMs: 10_000, everyMs: 200 },
    );
  });

  it('is not overwritten by somebody who has not read it', async () => {
    const { version } = (await first.ask('GET', path, { token: admin.token })).body.data;
    const answers = await Promise.all([1, 2, 3].map((n) => put({ ...POLICY, idle_seconds: 600 + n, version })));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409]);
    expect((await put({ ...POLICY, version: 0 })).body.error.code).toBe('POLICY_CHANGED');
  });

  it('takes no figure that makes no sense', async () => {
    for (const change of [
      { max_sessions_per_user: 0 },
      { idle_seconds: 1.5 },
      { absolute_seconds: 1e12 },
      { extra: 1 },
    ]) {
      expect((await put({ ...POLICY, version: 0, ...change })).body.error.code).toBe('VALIDATION_ERROR');
    }
  });
});
