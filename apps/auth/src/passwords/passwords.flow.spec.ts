import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createHash } from 'node:crypto';
import { randomHex } from '@gatehouse/kernel';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { canonicalEmail } from '../users/email-address.js';
import { UserRepository } from '../users/user-repository.port.js';
import { Argon2PasswordHasher } from './adapters/argon2-password-hasher.js';
import { HashingQueue } from './hashing-queue.js';

const PASSWORD = 'correct horse battery';
const anEmail = () => `user-${randomHex(6)}@example.test`;
const hasherOf = (memoryKib: number) =>
  new Argon2PasswordHasher(new HashingQueue({ concurrency: 2, queue: 100 }), { memoryKib, passes: 1, lanes: 1 });

const signUp = (auth: RunningAuth, body: unknown) => auth.ask('POST', '/api/v1/auth/signup', { body });
const signIn = (auth: RunningAuth, body: unknown) => auth.ask('POST', '/api/v1/auth/signin', { body });
const hashOf = async (auth: RunningAuth, email: string) =>
  (await auth.app.get(UserRepository).findByEmail(canonicalEmail(email)))?.passwordHash;

describe('passwords over HTTP', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startAuth();
  });
  afterAll(() => auth.close());

  it('takes 64 characters and more, whichever they are, and all of them count (A2, A3)', async () => {
    for (const password of ['😀'.repeat(64), `${'a'.repeat(72)}b`, `a${'\0'}bcdefghij`]) {
      const email = anEmail();
      expect((await signUp(auth, { email, password })).status).toBe(201);
      expect((await signIn(auth, { email, password })).status).toBe(200);
      for (const other of [
        [...password].slice(0, -1).join(''),
        `${[...password].slice(0, -1).join('')}c`,
        `${password} `,
        password.toUpperCase(),
      ]) {
        if (other === password) continue;
        expect((await signIn(auth, { email, password: other })).status).toBe(401);
      }
    }
  });

  it('takes a password however its letters are composed (A7)', async () => {
    const email = anEmail();
    await signUp(auth, { email, password: 'un mot passé très long'.normalize('NFC') });
    for (const form of ['NFC', 'NFD', 'NFKC', 'NFKD'] as const) {
      expect((await signIn(auth, { email, password: 'un mot passé très long'.normalize(form) })).status).toBe(200);
    }
  });

  it('has nobody who could sign in before somebody signed up (A13)', async () => {
    const empty = await startAuth();
    await expect(empty.app.get(UserRepository).page({ limit: 10 })).resolves.toEqual([]);
    for (const [email, password] of [
      ['admin@example.com', 'admin'],
      ['root@localhost.test', 'root'],
    ]) {
      expect((await signIn(empty, { email, password })).status).toBe(401);
    }
    await empty.close();
  });

  it.each([
    ['a full-width letter', 'ａdmin'],
    ['another case', 'ADMIN'],
    ['a Kelvin sign', 'admin\u212A', 'admink'],
    ['a dotless i', 'adm\u0131n'],
  ])('takes an address with %s for the one it reads like (C17)', async (_what, spelled, plain = 'admin') => {
    const tail = `${randomHex(6)}@example.test`;
    expect((await signUp(auth, { email: `${plain}${tail}`, password: PASSWORD })).status).toBe(201);
    const again = await signUp(auth, { email: `${spelled}${tail}`, password: PASSWORD });
    expect([again.status, again.body.error.code]).toEqual([409, 'EMAIL_TAKEN']);
    expect((await signIn(auth, { email: `${spelled}${tail}`, password: PASSWORD })).status).toBe(200);
  });

  it('keeps accents apart, which a database would merge (C17)', async () => {
    const tail = `${randomHex(6)}@example.test`;
    await signUp(auth, { email: `ádmin${tail}`, password: PASSWORD });
    expect((await signIn(auth, { email: `admin${tail}`, password: PASSWORD })).status).toBe(401);
    expect((await signUp(auth, { email: `admin${tail}`, password: PASSWORD })).status).toBe(201);
  });

  it.each([[0], [1], [true], [null], [[]], [{}], [['a@b.test']], [{ email: 1 }], [{ $ne: '' }], [{ toString: 'x' }]])(
    'takes %j for no address and for no password (A14, C18)',
    async (odd) => {
      const email = anEmail();
      await signUp(auth, { email, password: PASSWORD });
      expect((await signIn(auth, { email: odd, password: PASSWORD })).status).toBe(400);
      expect((await signIn(auth, { email, password: odd })).status).toBe(400);
      expect((await signUp(auth, { email: odd, password: PASSWORD })).status).toBe(400);
    },
  );

  it('takes no form, no array and no member beyond those it names (A14, C19)', async () => {
    const email = anEmail();
    for (const extra of [{ roles: ['admin'] }, { isAdmin: true }, { id: 1 }, { email_verified: true }]) {
      expect((await signUp(auth, { email, password: PASSWORD, ...extra })).status).toBe(400);
    }
    const form = await auth.ask('POST', '/api/v1/auth/signin', {
      body: `email=${email}&password=x`,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
    expect(form.status).toBe(415);
    expect(await hashOf(auth, email)).toBeUndefined();
  });

  it.each(['{"__proto__":{"x":1},"email":"a@b.test","password":"x"}', '{"constructor":{"prototype":{"x":1}}}'])(
    'lets nobody reach what all objects share: %s (C20)',
    async (body) => {
      expect((await signIn(auth, body)).status).toBe(400);
      expect(({} as Record<string, unknown>)['x']).toBeUndefined();
    },
  );

  it('refuses a long body and a long password before any work (C21)', async () => {
    const hash = jest.spyOn(Argon2PasswordHasher.prototype, 'matches');
    const email = anEmail();
    expect((await signIn(auth, { email, password: 'x'.repeat(20_000) })).status).toBe(413);
    expect((await signIn(auth, { email, password: 'x'.repeat(257) })).status).toBe(400);
    expect((await signUp(auth, { email, password: 'x'.repeat(257) })).status).toBe(400);
    expect(hash).not.toHaveBeenCalled();
    expect((await signIn(auth, { email, password: 'x'.repeat(256) })).status).toBe(401);
    expect(hash).toHaveBeenCalledTimes(1);
    hash.mockRestore();
  });
});

it('brings a hash up to date at the next sign-in once parameters are raised (A8)', async () => {
  const before = await startAuth({}, { hasher: hasherOf(64) });
  const email = anEmail();
  await signUp(before, { email, password: PASSWORD });
  const weak = (await hashOf(before, email))!;
  expect(weak).toMatch(/^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
  await before.close();

  const after = await startAuth({}, { hasher: hasherOf(128) });
  await after.app.get(UserRepository).create({
    email,
    emailCanonical: canonicalEmail(email),
    passwordHash: weak,
    name: null,
    roles: ['user'],
  });
  expect((await signIn(after, { email, password: 'not this one' })).status).toBe(401);
  expect(await hashOf(after, email)).toBe(weak);
  expect((await signIn(after, { email, password: PASSWORD })).status).toBe(200);
  expect(await hashOf(after, email)).toMatch(/^\$argon2id\$v=19\$m=128,t=1,p=1\$/);
  expect((await signIn(after, { email, password: PASSWORD })).status).toBe(200);
  await after.close();
});

it('warns at boot of a least length that is short for a password alone, and is silent at 15 (A1)', async () => {
  const [short, advised] = [await startAuth(), await startAuth({ PASSWORD_MIN_LENGTH: '15' })];
  expect(short.log()).toContain('PASSWORD_MIN_LENGTH is below 15');
  expect(advised.log()).not.toContain('PASSWORD_MIN_LENGTH');
  const fourteen = { email: anEmail(), password: 'fourteenchars!' };
  expect((await signUp(short, fourteen)).status).toBe(201);
  expect((await signUp(advised, fourteen)).body.error).toMatchObject({ code: 'WEAK_PASSWORD' });
  expect((await signUp(advised, { ...fourteen, password: 'fifteen letters' })).status).toBe(201);
  await Promise.all([short.close(), advised.close()]);
});

it('refuses a breached password at sign-up when asked to, and lets its owner go on signing in', async () => {
  const digest = createHash('sha1').update(PASSWORD).digest('hex').toUpperCase();
  const list = createServer((_request, response) => response.end(`${digest.slice(5)}:3\r\n`));
  await new Promise<void>((resolve) => list.listen(0, '127.0.0.1', resolve));
  const auth = await startAuth({
    PASSWORD_BREACH_CHECK: 'hibp',
    PASSWORD_BREACH_URL: `http://127.0.0.1:${(list.address() as AddressInfo).port}`,
  });
  const email = anEmail();
  const refused = await signUp(auth, { email, password: PASSWORD });
  expect([refused.status, refused.body.error.code]).toEqual([400, 'BREACHED_PASSWORD']);
  const passwordHash = await hasherOf(64).hash(PASSWORD);
  const emailCanonical = canonicalEmail(email);
  await auth.app.get(UserRepository).create({ email, emailCanonical, passwordHash, name: null, roles: ['user'] });
  expect((await signIn(auth, { email, password: PASSWORD })).status).toBe(200);
  list.closeAllConnections();
  list.close();
  // Gone: sign-up goes on without it.
  expect((await signUp(auth, { email: anEmail(), password: PASSWORD })).status).toBe(201);
  expect(auth.log()).not.toContain(digest.slice(0, 5));
  await auth.close();
});
