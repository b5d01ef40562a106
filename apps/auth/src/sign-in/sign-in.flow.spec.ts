import { randomHex } from '@gatehouse/kernel';
import { quickHasher, type RunningAuth, startAuth } from '../../test/start-auth.js';
import { Argon2PasswordHasher } from '../passwords/adapters/argon2-password-hasher.js';
import { HashingQueue } from '../passwords/hashing-queue.js';
import { PasswordHasher } from '../passwords/password-hasher.port.js';

const PASSWORD = 'correct horse battery';
const anEmail = () => `user-${randomHex(6)}@example.test`;

/** Looks at one password only when it is told to. */
class LateHasher extends PasswordHasher {
  private readonly inner = quickHasher();
  readonly decoyHash = this.inner.decoyHash;
  readonly hash = (password: string) => this.inner.hash(password);
  readonly needsRehash = (hash: string) => this.inner.needsRehash(hash);
  release: () => void = () => undefined;
  private held: Promise<void> | undefined;

  /** Holds the next answer, once it is known. */
  hold(): void {
    this.held = new Promise((resolve) => (this.release = resolve));
  }

  async matches(password: string, hash: string): Promise<boolean> {
    const held = this.held;
    this.held = undefined;
    const matches = await this.inner.matches(password, hash);
    await held;
    return matches;
  }
}

it('a sign-in with the old password does not outlive a change of it that was made meanwhile (A12, A15)', async () => {
  const hasher = new LateHasher();
  const auth = await startAuth({}, { hasher });
  const person = { email: anEmail(), password: PASSWORD };
  await auth.ask('POST', '/api/v1/auth/signup', { body: person });
  const signIn = () => auth.ask('POST', '/api/v1/auth/signin', { body: person });
  const { access_token: token } = (await signIn()).body.data;
  hasher.hold();
  const late = signIn();
  await new Promise((resolve) => setTimeout(resolve, 100));
  const body = { current: PASSWORD, new: 'another correct horse', keep_current_session: true };
  expect((await auth.ask('POST', '/api/v1/auth/password/change', { token, body })).status).toBe(200);
  hasher.release();
  expect((await late).body.error.code).toBe('INVALID_CREDENTIALS');
  expect((await auth.ask('GET', '/api/v1/sessions', { token })).body.data.count).toBe(1);

  // Nor does whoever holds a token of the session that stayed prove anything by it.
  hasher.hold();
  const stepUp = auth.ask('POST', '/api/v1/auth/step-up', { token, body: { password: body.new } });
  await new Promise((resolve) => setTimeout(resolve, 100));
  const next = { current: body.new, new: 'a third correct horse' };
  expect((await auth.ask('POST', '/api/v1/auth/password/change', { token, body: next })).status).toBe(200);
  hasher.release();
  expect((await stepUp).body.error.code).toBe('INVALID_CREDENTIALS');
  await auth.close();
});

describe('signing up and in over HTTP', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startAuth();
  });
  afterAll(() => auth.close());

  const signUp = (body: unknown) => auth.ask('POST', '/api/v1/auth/signup', { body });
  const signIn = (body: unknown, headers = {}) => auth.ask('POST', '/api/v1/auth/signin', { body, headers });

  it('makes an account and says nothing of its password', async () => {
    const email = anEmail();
    const answer = await signUp({ email, password: PASSWORD, name: 'Ada' });
    expect(answer.status).toBe(201);
    expect(answer.body).toEqual({
      success: true,
      data: { user: { id: expect.any(Number), email, name: 'Ada', roles: ['user'] }, verification_required: false },
    });
    expect(answer.headers['cache-control']).toBe('no-store');
  });

  it('has an older name for making an account', async () => {
    const answer = await auth.ask('POST', '/api/v1/auth/register', { body: { email: anEmail(), password: PASSWORD } });
    expect(answer.status).toBe(201);
  });

  it('says that an address is taken', async () => {
    const email = anEmail();
    await signUp({ email, password: PASSWORD });
    const answer = await signUp({ email: email.toUpperCase(), password: PASSWORD });
    expect(answer.status).toBe(409);
    expect(answer.body).toMatchObject({ success: false, error: { code: 'EMAIL_TAKEN' } });
  });

  it('says why a password is weak', async () => {
    const answer = await signUp({ email: anEmail(), password: 'password1' });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toMatchObject({
      code: 'WEAK_PASSWORD',
      details: { reasons: ['too_common'], min_length: 8 },
    });
  });

  it('lets one of a hundred simultaneous strangers have an address (A15, I7)', async () => {
    const tail = randomHex(6);
    const spellings = [`zoe\u0301${tail}@example.test`, `ZOÉ${tail}@example.test`, `ｚoé${tail}@Example.test`];
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => signUp({ email: spellings[n % 3], password: PASSWORD })),
    );
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(1);
    expect(statuses.filter((status) => status === 409)).toHaveLength(99);
  });

  it('opens a session that the tokens and the header name (R3)', async () => {
    const email = anEmail();
    await signUp({ email, password: PASSWORD });
    const userAgent = 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0';
    const answer = await signIn({ email, password: PASSWORD }, { 'user-agent': userAgent });
    expect(answer.status).toBe(200);
    const sessionId = answer.headers['x-session-id'];
    expect(sessionId).toMatch(/^[0-9a-f]{64}$/);
    expect(answer.headers['cache-control']).toBe('no-store');
    const { data } = answer.body;
    expect(data).toMatchObject({
      token_type: 'Bearer',
      expires_in: 900,
      user: { id: expect.any(Number), email, roles: ['user'] },
      session: {
        id: sessionId,
        email,
        is_current: true,
        is_active: true,
        user_agent: userAgent,
        device: { name: 'Firefox on Linux' },
        remember_me: false,
        impersonated_by: null,
      },
    });
    expect(data.refresh_token.startsWith(`${sessionId}.`)).toBe(true);
    expect(data.refresh_expires_in).toBeGreaterThan(604_700);
    expect(data.degraded).toBeUndefined();
    const me = await auth.ask('GET', '/api/v1/auth/me', { token: data.access_token });
    expect(me.status).toBe(200);
  });

  it('refuses an unknown e-mail exactly as it refuses a wrong password (A9)', async () => {
    const email = anEmail();
    await signUp({ email, password: PASSWORD });
    const wrong = await signIn({ email, password: 'not this one' });
    const unknown = await signIn({ email: anEmail(), password: 'not this one' });
    const told = ({ status, headers, body }: typeof wrong) => ({
      status,
      headers: Object.keys(headers).sort(),
      challenge: headers['www-authenticate'],
      body: { ...body, error: { ...body.error, request_id: '' } },
    });
    expect(wrong.status).toBe(401);
    expect(wrong.body.error.code).toBe('INVALID_CREDENTIALS');
    expect(told(unknown)).toEqual(told(wrong));
  });

  it('ends the oldest of six sessions before it answers', async () => {
    const email = anEmail();
    await signUp({ email, password: PASSWORD });
    const tokens: string[] = [];
    for (let n = 0; n < 6; n++) tokens.push((await signIn({ email, password: PASSWORD })).body.data.access_token);
    const asked = await Promise.all(tokens.map((token) => auth.ask('GET', '/api/v1/sessions', { token })));
    expect(asked.map(({ status }) => status)).toEqual([401, 200, 200, 200, 200, 200]);
    expect(asked[0]!.body.error.code).toBe('SESSION_REVOKED');
    expect(asked[5]!.body.data.count).toBe(5);
  });

  it('takes a password composed or decomposed', async () => {
    const email = anEmail();
    await signUp({ email, password: 'un mot passé très long' });
    const answer = await signIn({ email, password: 'un mot passé très long'.normalize('NFD') });
    expect(answer.status).toBe(200);
  });

  it('writes no password, token or address into its log (I13, C27)', async () => {
    const email = anEmail();
    const secret = `hunter-${randomHex(8)}`;
    await signUp({ email, password: secret });
    const { data } = (await signIn({ email, password: secret })).body;
    await signIn({ email, password: `${secret}x` });
    await signUp({ email, password: secret, extra: data.refresh_token });
    for (const word of [secret, data.access_token, data.refresh_token, email]) expect(auth.log()).not.toContain(word);
  });
});

it('does the same work for an unknown e-mail as for a wrong password, so that time tells nothing (A9, C15)', async () => {
  const hasher = new Argon2PasswordHasher(new HashingQueue({ concurrency: 1, queue: 10 }));
  const matches = jest.spyOn(hasher, 'matches');
  const auth = await startAuth({}, { hasher });
  const email = anEmail();
  await auth.ask('POST', '/api/v1/auth/signup', { body: { email, password: PASSWORD } });
  /** Cost parameters of each hash an attempt is checked against; a longer or an absent list would be seen on a clock. */
  const costsOf = async (who: string) => {
    matches.mockClear();
    const { status } = await auth.ask('POST', '/api/v1/auth/signin', {
      body: { email: who, password: 'not this one' },
    });
    expect(status).toBe(401);
    return matches.mock.calls.map(([, hash]) => hash.split('$').slice(0, 4));
  };
  const known = await costsOf(email);
  expect(known).toEqual([['', 'argon2id', 'v=19', expect.stringMatching(/^m=\d+,t=\d+,p=\d+$/)]]);
  expect(await costsOf(anEmail())).toEqual(known);
  await auth.close();
});

describe('limits on attempts', () => {
  it('stop guessing before a password is looked at', async () => {
    const auth = await startAuth({ RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_SIGNIN_PER_MINUTE: '3' });
    const email = anEmail();
    const attempt = () => auth.ask('POST', '/api/v1/auth/signin', { body: { email, password: 'guess' } });
    const statuses = [];
    for (let n = 0; n < 5; n++) statuses.push((await attempt()).status);
    expect(statuses).toEqual([401, 401, 401, 429, 429]);
    const refused = await attempt();
    expect(refused.body.error.code).toBe('RATE_LIMITED');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThanOrEqual(1);
    await auth.close();
  });
});

describe('the HS256 compatibility mode', () => {
  it('signs with the shared secret and publishes no key', async () => {
    const auth = await startAuth({ TOKEN_ALGORITHM: 'HS256', JWT_SECRET: 'pY7#kQ2!vN9@wE4$rT6%uI1^oP3&aS5*' });
    const email = anEmail();
    await auth.ask('POST', '/api/v1/auth/signup', { body: { email, password: PASSWORD } });
    const { body } = await auth.ask('POST', '/api/v1/auth/signin', { body: { email, password: PASSWORD } });
    const token: string = body.data.access_token;
    expect(JSON.parse(String(Buffer.from(token.split('.')[0]!, 'base64url')))).toMatchObject({
      alg: 'HS256',
      typ: 'at+jwt',
    });
    expect((await auth.ask('GET', '/api/v1/auth/me', { token })).status).toBe(200);
    expect((await auth.ask('GET', '/.well-known/jwks.json')).body).toEqual({ keys: [] });
    expect((await auth.ask('GET', '/.well-known/key-bundle.jws')).status).toBe(404);
    expect((await auth.ask('GET', '/ready')).body.status).toBe('ready');
    await auth.close();
  });
});
