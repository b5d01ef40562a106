import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { randomHex } from '@gatehouse/kernel';
import { COMMAND_TIMEOUT_MS } from '@gatehouse/redis';
import { type Database, STATEMENT_TIMEOUT_MS } from '@gatehouse/sql';
import { eventually, type MysqlServer, type RedisServer, startMysql, startRedis } from '@gatehouse/testing';
import { aPerson, type SignedInPerson, signedIn, signIn } from '../../test/administrators.js';
import { opener } from '../../test/databases.js';
import { FORM, TOKEN } from '../../test/oauth-world.js';
import { type Answer, type RunningAuth, startAuth } from '../../test/start-auth.js';
import { generateSecrets } from '../config/embedded-secrets.js';

const document = readFileSync(join(__dirname, '../../../../docs/auth/stores.md'), 'utf8');
const ACCOUNT = 'gatehouse-auth';
const PASSWORD = randomHex(16);
const MOST_MS = 2_000;
/** Of the machine the tests run on, not of the service. */
const BUSY_MS = 500;

/** The rights that the document gives the account at Redis. */
const redisRights = /^ACL SETUSER gatehouse-auth ((?:.*\\\n)*.*)$/m
  .exec(document)![1]!
  .split(/[\s\\]+/)
  .map((rule) => (rule.startsWith('>') ? `>${PASSWORD}` : rule));
/** The same for MySQL. */
const mysqlRights = /^GRANT ([A-Z, ]+) ON gatehouse\.\* TO 'gatehouse-auth'@'%';$/m.exec(document)![1]!;
/** Cells of the row about this store in the table of bounds. */
const bounds = (store: string) => new RegExp(`^\\| ${store} +\\|(.*)\\|$`, 'm').exec(document)![1]!.split('|');
const numberIn = (cell: string | undefined) => Number(/[\d,]+/.exec(cell ?? '')?.[0].replace(',', ''));

let redis: RedisServer;
let mysql: MysqlServer;
/** Past the service, as whoever runs the server. */
let root: Database;
let env: Record<string, string>;
let auth: RunningAuth;

const giveRights = () => redis.command('ACL', 'SETUSER', ACCOUNT, ...redisRights);
const isReady = (one: RunningAuth) =>
  eventually(async () => expect((await one.ask('GET', '/ready')).body.status).toBe('ready'), { timeoutMs: 20_000 });

beforeAll(async () => {
  [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
  await giveRights();
  const { url, name } = await mysql.createDatabase();
  // The first start of a version, under the account that may change tables.
  await (await (await opener(url))()).close();
  root = await (await opener(`${mysql.url}/${name}`))();
  await root.dataSource.query(`CREATE USER '${ACCOUNT}'@'%' IDENTIFIED BY '${PASSWORD}'`);
  await root.dataSource.query(`GRANT ${mysqlRights} ON ${name}.* TO '${ACCOUNT}'@'%'`);
  const { keyEncryptionKey, rootSigningKey } = generateSecrets();
  env = {
    REDIS_URL: `redis://${ACCOUNT}:${PASSWORD}@${redis.host}:${redis.port}`,
    DATABASE_URL: `mysql://${ACCOUNT}:${PASSWORD}@127.0.0.1:${mysql.port}/${name}`,
    KEY_ENCRYPTION_KEY: keyEncryptionKey,
    ROOT_SIGNING_KEY: rootSigningKey,
    KEY_PUBLISH_AHEAD: '1s',
    RATE_LIMIT_ENABLED: 'true',
    RATE_LIMIT_SIGNIN_PER_MINUTE: '100000',
    RATE_LIMIT_PAIR_PER_HOUR: '100000',
    RATE_LIMIT_API_PER_MINUTE: '100000',
    SIGNIN_FREE_FAILURES: '100',
  };
  auth = await startAuth(env);
  await isReady(auth);
}, 90_000);
afterAll(async () => {
  await auth?.close();
  await root?.close();
  await Promise.all([redis?.stop(), mysql?.stop()]);
});

/** What might be taken for a part of a command, a key, a pattern or a script. */
const HOSTILE = ['\r\nFLUSHALL\r\n', '*', '?', '}', '{', '{x}', '\0', `'..redis.call('FLUSHALL')..'`, ']]', '"', '\\'];

/** Much of what the service does, with this text wherever a client may put one. */
async function walk(marker: string): Promise<Answer[]> {
  const answers: Answer[] = [];
  const ask = async (...question: Parameters<RunningAuth['ask']>) => {
    const answer = await auth.ask(...question);
    answers.push(answer);
    return answer;
  };
  const email = `${marker}-{*}-${randomHex(6)}@example.test`;
  const password = `${marker} ${randomHex(8)}`;
  const agent = { 'user-agent': `${marker}*{}"'`, 'idempotency-key': `${marker}*{}` };
  await ask('POST', '/api/v1/auth/signup', { body: { email, password }, headers: agent });
  const device_name = `${marker}*{}`;
  const { data } = (
    await ask('POST', '/api/v1/auth/signin', { body: { email, password, device_name }, headers: agent })
  ).body;
  const token = data.access_token as string;
  await ask('POST', '/api/v1/auth/signin', { body: { email, password: 'not the one' } });
  const refreshed = await ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: data.refresh_token } });
  for (const text of HOSTILE) {
    const odd = `${marker}${text}`;
    const inPath = encodeURIComponent(odd);
    const headers = { 'x-session-id': odd.replace(/[\r\n\0]/g, ''), 'idempotency-key': odd.replace(/[\r\n\0]/g, '') };
    await ask('GET', '/api/v1/sessions', { token, headers });
    await ask('DELETE', `/api/v1/sessions/${inPath}`, { token });
    await ask('GET', `/api/v1/sessions/${inPath}/activity`, { token });
    await ask('PATCH', `/api/v1/sessions/${inPath}`, { token, body: { device_name: marker } });
    await ask('POST', '/api/v1/sessions/revoke', { token, body: { ids: [odd], device_id: odd, client_id: odd } });
    await ask('GET', `/api/v1/sessions?active=false&cursor=${inPath}`, { token });
    await ask('DELETE', `/api/v1/auth/devices/${inPath}`, { token });
    await ask('GET', `/api/v1/revocations/${inPath}`, { token });
    await ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: `${odd}.${'A'.repeat(43)}` } });
    await ask('POST', '/api/v1/auth/signout', { body: { refresh_token: odd } });
    await ask('POST', '/api/v1/auth/signin', { body: { email: `${odd}@example.test`, password: odd }, headers });
    await ask('POST', '/api/v1/auth/password/forgot', { body: { email: `${odd}@example.test` } });
    const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: odd, client_secret: odd });
    await ask('POST', TOKEN, { body: form.toString(), headers: FORM });
  }
  await ask('PATCH', '/api/v1/auth/me', { token, body: { name: `${marker}*{}` } });
  await ask('POST', '/api/v1/auth/password/change', { token, body: { current: password, new: `${password}!` } });
  await ask('DELETE', '/api/v1/sessions', { token });
  await ask('POST', '/api/v1/auth/signout', { token });
  await ask('GET', '/metrics');
  expect([data.refresh_token, refreshed.status]).toEqual([expect.any(String), 200]);
  return answers;
}

/** Everything the server is told, by clients and by scripts, while `work` runs: `[source, command, ...arguments]`. */
async function commandsDuring(work: () => Promise<unknown>): Promise<string[][]> {
  let text = '';
  const socket = connect(redis.port, redis.host, () => socket.write('MONITOR\r\n'));
  socket.on('data', (chunk) => (text += chunk.toString('latin1')));
  await eventually(() => expect(text).toMatch(/^\+OK/));
  try {
    await work();
    await eventually(() => expect(text.endsWith('\r\n')).toBe(true));
  } finally {
    socket.destroy();
  }
  return text.split('\r\n').flatMap((line) => {
    const [, source, rest] = /^\+[\d.]+ \[\d+ ([^\]]+)\] (.*)$/.exec(line) ?? [];
    if (source === undefined || rest === undefined) return [];
    return [[source, ...[...rest.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, argument]) => argument!)]];
  });
}

const WITHOUT_KEY =
  'ping info time client config pubsub publish subscribe unsubscribe wait auth hello select multi exec'.split(' ');

/** The names of keys in a command. */
function keysOf([_source, name = '', ...args]: readonly string[]): string[] {
  const command = name.toLowerCase();
  if (WITHOUT_KEY.includes(command)) return [];
  if (command === 'eval' || command === 'evalsha') return args.slice(2, 2 + Number(args[1]));
  if (command === 'del') return args;
  if (command === 'xgroup') return args.slice(1, 2);
  const streams = args.findIndex((argument) => argument.toLowerCase() === 'streams');
  if (streams >= 0) return args.slice(streams + 1, streams + 1 + (args.length - streams - 1) / 2);
  return args.slice(0, 1);
}

const OUR_KEY =
  /^(session:(live|owner:[0-9a-f]{64}|ready-check:[0-9a-f]+|\{u\d+\}:(index|ended|restored|gone|s:[0-9a-f]{64}))|limit:\{[\w-]+\}:[\w-]+|idempotency:[\w-]+|rev:[a-z:{}-]+|\{rev:log\}:[a-z]+)$/;

const scriptCount = async () =>
  Number(/number_of_cached_scripts:(\d+)/.exec(String(await redis.command('INFO', 'memory')))?.[1]);

describe('with the rights the documents name, and no more', () => {
  it('the service does all it does: nothing it asks of Redis or MySQL is refused (R19, C28)', async () => {
    const answers = await walk(`first${randomHex(4)}`);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    const admin = await signedIn(auth, ['user', 'admin']);
    for (const [method, path, body] of [
      ['POST', '/api/v1/admin/keys/rotate', undefined],
      ['POST', '/api/v1/admin/roles', { name: `role-${randomHex(4)}`, permissions: [] }],
      ['GET', '/api/v1/admin/audit', undefined],
      ['GET', '/api/v1/admin/sessions', undefined],
      ['GET', '/api/v1/admin/analytics/logins', undefined],
      ['DELETE', `/api/v1/admin/users/${(await aPerson(auth)).user.id}`, undefined],
    ] as const) {
      // A key signs only once it has been published for a second.
      await eventually(async () => {
        const { status, text } = await auth.ask(method, path, { token: admin.token, ...(body ? { body } : {}) });
        expect([path, status < 300 || text]).toEqual([path, true]);
      });
    }
    expect(await redis.command('ACL', 'LOG')).toEqual([]);
    expect(auth.log()).not.toMatch(/denied|NOPERM|"level":"(error|fatal)"/);
  }, 60_000);

  it('no key bears a client’s text, no command walks over all keys, and no secret is sent (C23)', async () => {
    const marker = `second${randomHex(4)}`;
    const person = await signedIn(auth);
    const commands = await commandsDuring(async () => {
      await walk(marker);
      await signIn(auth, person);
    });
    expect(commands.length).toBeGreaterThan(300);
    const names = new Set(commands.map(([, name = '']) => name.toLowerCase()));
    expect(names).toContain('evalsha');
    const walking = ['keys', 'scan', 'randomkey', 'sort', 'flushall', 'flushdb', 'eval_ro', 'script', 'function'];
    for (const name of walking) expect(names).not.toContain(name);
    const keys = commands.flatMap(keysOf);
    expect(keys.length).toBeGreaterThan(300);
    expect([...new Set(keys.filter((key) => !OUR_KEY.test(key)))]).toEqual([]);
    const all = JSON.stringify(commands);
    for (const secret of [person.password, person.token, person.refreshToken]) expect(all).not.toContain(secret);
    // Two parts of a token: three letters alone also turn up in hashes.
    expect(all).not.toMatch(/eyJ[\w-]+\.eyJ/);
  }, 60_000);

  it('no script is made of what a client sent: other inputs bring no other script (C23, C28)', async () => {
    await walk(`third${randomHex(4)}`);
    const before = await scriptCount();
    expect(before).toBeGreaterThan(3);
    const marker = `fourth${randomHex(4)}`;
    const commands = await commandsDuring(() => walk(marker));
    const scripts = commands.filter(([, name]) => name?.toLowerCase() === 'eval').map(([, , text]) => text);
    // Some run by the clock, and may come for the first time meanwhile; one for each input would be many.
    expect((await scriptCount()) - before).toBeLessThan(HOSTILE.length / 2);
    expect(scripts.length).toBeLessThan(HOSTILE.length / 2);
    expect(scripts.filter((text) => text?.includes(marker) || text?.includes('FLUSHALL'))).toEqual([]);
  }, 60_000);

  it('it holds as many connections as the documents say, and waits as long (R18)', async () => {
    const clients = String(await redis.command('CLIENT', 'LIST'));
    const own = clients.split('\n').filter((line) => line.includes(` user=${ACCOUNT} `));
    expect(own).toHaveLength(numberIn(bounds('Redis')[0]));
    expect(numberIn(bounds('Redis')[1])).toBe(COMMAND_TIMEOUT_MS);
    expect(numberIn(bounds('MySQL')[1])).toBe(STATEMENT_TIMEOUT_MS);
  });
});

/** An answer in time. */
async function inTime(question: Promise<Answer>): Promise<Answer> {
  const startedMs = performance.now();
  const answer = await question;
  expect(performance.now() - startedMs).toBeLessThan(MOST_MS + BUSY_MS);
  if (answer.status >= 500) {
    expect(answer.status).toBe(503);
    expect(Number(answer.headers['retry-after'])).toBeGreaterThanOrEqual(1);
  }
  return answer;
}

const list = (one: RunningAuth, { token }: Pick<SignedInPerson, 'token'>) =>
  one.ask('GET', '/api/v1/sessions', { token });
const codeOf = ({ body, status }: Answer) => (body?.error?.code as string | undefined) ?? status;
const refresh = (refresh_token: string) => auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token } });

describe('a Redis that refuses', () => {
  // The driver says on the console that it could not ask how the server is.
  beforeAll(() => void jest.spyOn(console, 'warn').mockImplementation(() => undefined));
  afterAll(() => jest.restoreAllMocks());

  it.each([
    ['has taken the rights away', () => redis.command('ACL', 'SETUSER', ACCOUNT, '-@all')],
    [
      'knows another password',
      async () => {
        await redis.command('ACL', 'SETUSER', ACCOUNT, 'resetpass', '>another');
        await redis.command('CLIENT', 'KILL', 'USER', ACCOUNT);
      },
    ],
  ])(
    'because somebody %s is no reason to let anybody in: no refusal is taken for "not revoked" (R16)',
    async (_why, refuse) => {
      const [staying, gone, leaving] = [await signedIn(auth), await signedIn(auth), await signedIn(auth)];
      await auth.ask('POST', '/api/v1/auth/signout', { token: gone.token });
      await refuse();
      try {
        await eventually(async () => expect((await auth.ask('GET', '/ready')).body.status).not.toBe('ready'), {
          timeoutMs: 20_000,
        });
        expect(codeOf(await inTime(list(auth, gone)))).toBe('SESSION_REVOKED');
        expect((await inTime(auth.ask('GET', '/api/v1/auth/verify', { token: staying.token }))).status).toBe(200);
        expect(codeOf(await inTime(list(auth, staying)))).toBe('SESSION_ERROR');
        expect(codeOf(await inTime(refresh(staying.refreshToken)))).toBe('SESSION_ERROR');
        expect(codeOf(await inTime(refresh(gone.refreshToken)))).toBe('SESSION_ERROR');

        const attempt = (email: string, password: string) =>
          inTime(auth.ask('POST', '/api/v1/auth/signin', { body: { email, password } }));
        const degraded = await attempt(staying.email, staying.password);
        expect([degraded.status, degraded.body.data.degraded]).toEqual([200, true]);
        expect(degraded.body.data).not.toHaveProperty('refresh_token');
        // Nor is it told now who has an account (A9).
        const wrong = await attempt(staying.email, 'not the one');
        const unknown = await attempt(`nobody-${randomHex(6)}@example.test`, 'not the one');
        expect([wrong, unknown].map(codeOf)).toEqual(['INVALID_CREDENTIALS', 'INVALID_CREDENTIALS']);

        const left = await inTime(auth.ask('POST', '/api/v1/auth/signout', { token: leaving.token }));
        expect(left.status).toBe(200);
        expect((await inTime(list(auth, leaving))).status).not.toBe(200);

        // One that starts now knows no list at all.
        const fresh = await startAuth(env);
        for (const { token } of [staying, gone, leaving]) {
          expect((await inTime(fresh.ask('GET', '/api/v1/auth/verify', { token }))).status).toBe(503);
        }
        await fresh.close();
      } finally {
        await giveRights();
      }
      await isReady(auth);
      for (const one of [gone, leaving]) {
        await eventually(async () => expect(codeOf(await list(auth, one))).toBe('SESSION_REVOKED'), {
          timeoutMs: 15_000,
        });
        expect((await refresh(one.refreshToken)).status).toBe(401);
      }
      expect((await refresh(staying.refreshToken)).status).toBe(200);
    },
    60_000,
  );
});

describe('a MySQL that has no connection left', () => {
  it('is a 503 in time for who needs it, and nothing for who does not; then all goes on (R18)', async () => {
    const person = await signedIn(auth);
    const connections = async () => {
      const [row] = await root.dataSource.query<{ n: unknown }[]>(
        'SELECT COUNT(*) AS n FROM information_schema.processlist WHERE user = ?',
        [ACCOUNT],
      );
      return Number(row?.n);
    };
    const holder = root.dataSource.createQueryRunner();
    await holder.query('LOCK TABLES users WRITE');
    try {
      const attempts = Array.from({ length: 40 }, () =>
        inTime(auth.ask('POST', '/api/v1/auth/signin', { body: { email: person.email, password: person.password } })),
      );
      const answers = await Promise.all(attempts);
      expect(new Set(answers.map(codeOf))).toEqual(new Set(['DEGRADED_UNAVAILABLE']));
      // Each of them waits for the lock still.
      expect(await connections()).toBe(numberIn(bounds('MySQL')[0]));
      expect((await inTime(list(auth, person))).status).toBe(200);
      expect((await inTime(refresh(person.refreshToken))).status).toBe(200);
      expect((await inTime(auth.ask('GET', '/ready'))).body.status).toBe('degraded');
    } finally {
      await holder.query('UNLOCK TABLES');
      await holder.release();
    }
    await eventually(
      async () => {
        const { email, password } = person;
        expect((await auth.ask('POST', '/api/v1/auth/signin', { body: { email, password } })).status).toBe(200);
      },
      { timeoutMs: 15_000 },
    );
    expect(await connections()).toBeLessThanOrEqual(numberIn(bounds('MySQL')[0]));
  }, 60_000);
});
