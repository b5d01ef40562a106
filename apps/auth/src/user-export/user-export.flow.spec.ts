import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { eventually, type MysqlServer, type RedisServer, startMysql, startRedis } from '@gatehouse/testing';
import { randomHex } from '@gatehouse/kernel';
import { SessionStore } from '@gatehouse/session-store';
import { hash as bcryptHash } from '@node-rs/bcrypt';
import { aPerson, aRole, signedIn, type SignedInPerson } from '../../test/administrators.js';
import { opener } from '../../test/databases.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { type AuditEntry, AuditTrail } from '../audit/audit-trail.port.js';
import { generateSecrets } from '../config/embedded-secrets.js';
import { PasswordHasher } from '../passwords/password-hasher.port.js';
import { UserRepository } from '../users/user-repository.port.js';

const PATH = '/api/v1/admin/users/export';
const IMPORT_PATH = '/api/v1/admin/users/import';
const WITH_HASHES = `${PATH}?password_hashes=true`;
const ALL_ROLES = ['user', 'support', 'admin'];

/** A line, as whoever gets it reads it. */
type Line = Readonly<Record<string, unknown>> & { readonly email: string };
const linesIn = (text: string) =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line);

let redis: RedisServer;
let mysql: MysqlServer;
let mysqlUrl: string;
/** On MySQL, and on a socket. */
let auth: RunningAuth;
/** On SQLite. */
let other: RunningAuth;
let url: string;
let admin: SignedInPerson;
let otherAdmin: SignedInPerson;

beforeAll(async () => {
  [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
  mysqlUrl = (await mysql.createDatabase()).url;
  const secrets = generateSecrets();
  auth = await startAuth({
    KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
    ROOT_SIGNING_KEY: secrets.rootSigningKey,
    REDIS_URL: redis.url,
    DATABASE_URL: mysqlUrl,
  });
  other = await startAuth();
  await eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).toBe('ready'), {
    timeoutMs: 15_000,
  });
  await auth.app.listen(0, '127.0.0.1');
  url = `http://127.0.0.1:${(auth.app.getHttpServer().address() as AddressInfo).port}`;
  admin = await signedIn(auth, ALL_ROLES);
  otherAdmin = await signedIn(other, ALL_ROLES);
}, 60_000);
afterAll(async () => {
  jest.restoreAllMocks();
  await Promise.all([auth.close(), other.close()]);
  await Promise.all([redis.stop(), mysql.stop()]);
});
afterEach(() => {
  jest.restoreAllMocks();
});

/** Asks over a connection of its own, and has read nothing of the answer yet. */
async function begin(path: string, token: string): Promise<IncomingMessage> {
  const request = get(url + path, { headers: { authorization: `Bearer ${token}` }, agent: false });
  request.on('error', () => undefined);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response.on('error', () => undefined);
}

/** What came, and whether it was the whole answer. */
async function rest(response: IncomingMessage): Promise<{ text: string; isWhole: boolean }> {
  let text = '';
  response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  // Not `once`, to which being cut off is a failure.
  await new Promise((resolve) => response.once('close', resolve));
  return { text, isWhole: response.complete };
}

async function eventsOf(requestId: string | string[] | undefined): Promise<AuditEntry[]> {
  await auth.app.get(AuditLog).flush();
  const { entries } = await auth.app.get(AuditTrail).page({ actorId: admin.user.id, limit: 100 });
  return entries.filter((entry) => entry.requestId === requestId && entry.kind === 'users.exported').reverse();
}

/** As many people as make several pages. */
async function crowd(count: number): Promise<void> {
  const database = await (await opener(mysqlUrl))();
  const tag = randomHex(4);
  const values = Array.from(
    { length: count },
    (_, n) => `('c${n}-${tag}@x.test', 'c${n}-${tag}@x.test', '$', '["user"]', 1)`,
  );
  await database.dataSource.query(
    `INSERT INTO users (email, email_canonical, password_hash, roles, created_at_ms) VALUES ${values.join()}`,
  );
  await database.close();
}

describe.each([
  ['MySQL', 'SQLite', () => ({ from: auth, to: other, giver: admin, taker: otherAdmin })],
  ['SQLite', 'MySQL', () => ({ from: other, to: auth, giver: otherAdmin, taker: admin })],
])('people who go from %s to %s', (_from, _to, services) => {
  it('arrive as they were, and sign in with the passwords they had', async () => {
    const { from, to, giver, taker } = services();
    const users = from.app.get(UserRepository);
    const plain = await aPerson(from, ['user', 'support']);
    await users.change(plain.user.id, { name: 'Ada 🦊 "Łove\\lace"' });
    const unproven = await aPerson(from);
    await users.change(unproven.user.id, { emailVerifiedAtMs: null });
    const barred = await aPerson(from);
    await users.change(barred.user.id, { disabledAtMs: 5 });
    const resetting = await aPerson(from, []);
    await users.change(resetting.user.id, { mustResetPassword: true });
    const leaving = await aPerson(from);
    await users.change(leaving.user.id, { eraseAtMs: Date.now() + 86_400_000 });
    const composed = { ...(await aPerson(from)), password: 'ﬁve e\u0301clairs, please' };
    const hash = await from.app.get(PasswordHasher).hash(composed.password);
    await users.change(composed.user.id, { passwordHash: hash });
    const elsewhere = { email: `b-${randomHex(6)}@example.test`, password: 'from a third system' };
    const foreign = { email: elsewhere.email, password_hash: await bcryptHash(elsewhere.password, 4) };
    const ndjson = { 'content-type': 'application/x-ndjson' };
    await from.ask('POST', IMPORT_PATH, { token: giver.token, headers: ndjson, body: JSON.stringify(foreign) });

    const exported = await from.ask('GET', WITH_HASHES, { token: giver.token });
    expect([exported.status, exported.headers['content-type']]).toEqual([200, 'application/x-ndjson']);
    const taken = await to.ask('POST', IMPORT_PATH, { token: taker.token, headers: ndjson, body: exported.text });
    expect(taken.body.data).toMatchObject({ failed: 0, failures: [] });

    const lines = new Map(linesIn(exported.text).map((line) => [line.email, line]));
    const again = await to.ask('GET', WITH_HASHES, { token: taker.token });
    const arrived = new Map(linesIn(again.text).map((line) => [line.email, line]));
    for (const { email } of [plain, unproven, barred, resetting, leaving, composed, elsewhere]) {
      expect(arrived.get(email)).toEqual(lines.get(email));
    }
    expect(lines.get(plain.email)).toEqual({
      email: plain.email,
      name: 'Ada 🦊 "Łove\\lace"',
      roles: ['user', 'support'],
      email_verified: true,
      password_hash: expect.stringMatching(/^\$argon2id\$/),
      created_at: new Date(plain.user.createdAtMs).toISOString(),
    });
    expect(lines.get(unproven.email)).toMatchObject({ email_verified: false });
    expect(lines.get(barred.email)).toMatchObject({ disabled: true });
    expect(lines.get(resetting.email)).toMatchObject({ must_reset_password: true, roles: [] });
    expect(lines.get(leaving.email)).toMatchObject({ erase_at: expect.stringMatching(/Z$/) });
    expect(lines.get(elsewhere.email)).toMatchObject({ password_hash: foreign.password_hash });

    const signIn = async ({ email, password }: { email: string; password: string }) => {
      const { status, body } = await to.ask('POST', '/api/v1/auth/signin', { body: { email, password } });
      return [status, body.error?.code];
    };
    for (const one of [plain, unproven, leaving, composed, elsewhere])
      expect(await signIn(one)).toEqual([200, undefined]);
    expect(await signIn({ ...plain, password: 'another one' })).toEqual([401, 'INVALID_CREDENTIALS']);
    expect(await signIn(barred)).toEqual([403, 'ACCOUNT_DISABLED']);
    expect(await signIn(resetting)).toEqual([403, 'PASSWORD_RESET_REQUIRED']);
  });
});

describe('an export of users', () => {
  it('holds no hash unless asked to', async () => {
    for (const query of ['', '?password_hashes=false']) {
      const { status, text } = await auth.ask('GET', PATH + query, { token: admin.token });
      expect(status).toBe(200);
      expect(linesIn(text).map(({ email }) => email)).toContain(admin.email);
      expect(text).not.toMatch(/\$argon2|\$2b|password_hash|imported:/);
    }
  });

  it('is open to whoever may change users, and hashes to nobody but administrators', async () => {
    const holder = await signedIn(auth, ['user', await aRole(auth, 'admin:users')]);
    const reader = await signedIn(auth, ['user', await aRole(auth, 'admin:users:read')]);
    const status = async (path: string, { token }: SignedInPerson) => (await auth.ask('GET', path, { token })).status;
    expect([await status(PATH, holder), await status(WITH_HASHES, holder)]).toEqual([200, 403]);
    expect([await status(PATH, reader), await status(WITH_HASHES, reader)]).toEqual([403, 403]);
    // However the question is put.
    for (const query of ['TRUE', '1', '', 'true&password_hashes=false', 'false&password_hashes=true', 'true%00']) {
      expect([query, await status(`${PATH}?password_hashes=${query}`, holder)]).toEqual([query, 403]);
      expect([query, await status(`${PATH}?password_hashes=${query}`, admin)]).toEqual([query, 400]);
    }
    expect(await status(`${PATH}?x=1`, admin)).toBe(400);
  });

  it('with hashes asks an administrator who signed in long ago to do so again', async () => {
    const late = await signedIn(auth, ['user', 'admin']);
    const long = { authenticatedAtMs: Date.now() - 901_000 };
    await auth.app.get(SessionStore).amend(late.user.id, late.sessionId, long);
    const refreshed = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: late.refreshToken } });
    const token = refreshed.body.data.access_token as string;
    const refused = await auth.ask('GET', WITH_HASHES, { token });
    const written = await auth.ask('POST', '/api/v1/admin/users', { token, body: {} });
    expect([refused.status, refused.body.error.code]).toEqual([403, 'STEP_UP_REQUIRED']);
    expect(refused.headers['www-authenticate']).toBe(written.headers['www-authenticate']);
    expect((await auth.ask('GET', PATH, { token })).status).toBe(200);
    await auth.ask('POST', '/api/v1/auth/step-up', { token, body: { password: late.password } });
    const next = await auth.ask('POST', '/api/v1/auth/refresh', {
      body: { refresh_token: refreshed.body.data.refresh_token },
    });
    expect((await auth.ask('GET', WITH_HASHES, { token: next.body.data.access_token })).status).toBe(200);
  });

  it('comes in pages that leave out nobody and repeat nobody', async () => {
    await crowd(1_001);
    const page = jest.spyOn(auth.app.get(UserRepository), 'page');
    const response = await begin(PATH, admin.token);
    expect(response.headers).toMatchObject({
      'content-type': 'application/x-ndjson',
      'content-disposition': 'attachment; filename="users.ndjson"',
      'transfer-encoding': 'chunked',
      'cache-control': 'no-store',
    });
    const { text, isWhole } = await rest(response);
    expect(isWhole).toBe(true);
    const emails = linesIn(text).map(({ email }) => email);
    const all = await auth.app.get(UserRepository).page({ limit: 10_000 });
    expect(emails).toEqual(all.map(({ email }) => email));
    expect(page.mock.calls.length).toBeGreaterThan(2);
    expect(Math.max(...page.mock.calls.slice(0, -1).map(([{ limit }]) => limit))).toBeLessThanOrEqual(1_000);
  });

  it('is in the audit log before the first byte, and with its size when it is over', async () => {
    const users = auth.app.get(UserRepository);
    const real = users.page.bind(users);
    let inTheLog: string[] = [];
    jest.spyOn(users, 'page').mockImplementationOnce(async (query) => {
      const { entries } = await auth.app.get(AuditTrail).page({ actorId: admin.user.id, limit: 1 });
      inTheLog = entries.map(({ kind }) => kind);
      return real(query);
    });
    const { headers, text } = await auth.ask('GET', WITH_HASHES, { token: admin.token });
    expect(inTheLog).toEqual(['users.exported']);
    const events = await eventsOf(headers['x-request-id']);
    expect(events.map(({ actorId, details }) => ({ actorId, ...details }))).toEqual([
      { actorId: admin.user.id, password_hashes: true, stage: 'begun' },
      { actorId: admin.user.id, password_hashes: true, stage: 'ended', users: linesIn(text).length, complete: true },
    ]);
    const told = JSON.stringify(events) + auth.log();
    expect(linesIn(text).filter(({ email }) => told.includes(email))).toEqual([]);
    expect(told).not.toContain('$argon2id');
  });

  it('goes no faster than its reader, and no further once the reader has left', async () => {
    const users = auth.app.get(UserRepository);
    const [someone] = await users.page({ limit: 1 });
    let pages = 0;
    // More people than there are on earth.
    jest.spyOn(users, 'page').mockImplementation(({ limit }) => {
      pages++;
      return Promise.resolve(Array.from({ length: limit }, (_, n) => ({ ...someone!, id: pages * limit + n })));
    });
    const response = await begin(PATH, admin.token);
    await once(response, 'readable');
    let before = -1;
    // What fits between the two is read ahead, and then no more.
    await eventually(
      () => {
        const isStill = pages === before;
        before = pages;
        expect(isStill).toBe(true);
      },
      { everyMs: 200 },
    );
    expect(pages).toBeLessThan(500);
    response.destroy();
    await eventually(async () => {
      const ended = (await eventsOf(response.headers['x-request-id']))[1];
      expect(ended?.details).toMatchObject({ stage: 'ended', complete: false });
    });
    expect(pages).toBeLessThanOrEqual(before + 2);
  });

  it('is cut off with the session behind it, and does not look whole', async () => {
    const leaver = await signedIn(auth, ['user', 'admin']);
    const users = auth.app.get(UserRepository);
    const real = users.page.bind(users);
    jest.spyOn(users, 'page').mockImplementation(async (query) => {
      if (query.afterId !== undefined) await auth.ask('POST', '/api/v1/auth/signout', { token: leaver.token });
      return real(query);
    });
    const { text, isWhole } = await rest(await begin(WITH_HASHES, leaver.token));
    expect(isWhole).toBe(false);
    expect(linesIn(text).length).toBeLessThanOrEqual(500);
  });

  it('is not for HTTP/1.0, where half of it could not be told from all of it', async () => {
    const { port } = new URL(url);
    const ask = async (version: string) => {
      const socket = connect(Number(port), '127.0.0.1');
      socket.write(
        `GET ${PATH} HTTP/${version}\r\nHost: x\r\nConnection: close\r\nAuthorization: Bearer ${admin.token}\r\n\r\n`,
      );
      return readText(socket);
    };
    expect(await ask('1.0')).toMatch(/^HTTP\/1.1 400 [\s\S]*VALIDATION_ERROR.*http_version/);
    expect(await ask('1.1')).toMatch(/^HTTP\/1.1 200 [\s\S]*\r\n0\r\n\r\n$/);
  });

  it('is not read for a HEAD request, and says what it is served with', async () => {
    const page = jest.spyOn(auth.app.get(UserRepository), 'page');
    const head = await auth.ask('HEAD', WITH_HASHES, { token: admin.token });
    expect([head.status, head.text, head.headers['content-type']]).toEqual([200, '', 'application/x-ndjson']);
    expect(page).not.toHaveBeenCalled();
    expect((await auth.ask('HEAD', WITH_HASHES)).status).toBe(401);
    const options = await auth.ask('OPTIONS', PATH);
    expect([options.status, options.headers['allow']]).toEqual([204, expect.stringContaining('GET')]);
  });

  // The last ones: they take the database away.
  it('is cut when the database goes away in the middle, and does not look whole', async () => {
    const users = auth.app.get(UserRepository);
    const real = users.page.bind(users);
    jest.spyOn(users, 'page').mockImplementation(async (query) => {
      if (query.afterId !== undefined) await mysql.kill();
      return real(query);
    });
    const response = await begin(PATH, admin.token);
    expect(response.statusCode).toBe(200);
    const { text, isWhole } = await rest(response);
    expect(isWhole).toBe(false);
    expect(linesIn(text)).toHaveLength(500);
    // Nest's loggers are of the process: it may be in the log of either.
    expect(auth.log() + other.log()).toContain('an export of users was cut');
  });

  it('is refused within two seconds while the database is away', async () => {
    const startedMs = performance.now();
    const { status, body } = await auth.ask('GET', PATH, { token: admin.token });
    expect([status, body.error.code]).toEqual([503, 'DEGRADED_UNAVAILABLE']);
    expect(performance.now() - startedMs).toBeLessThan(2_000);
  });
});
