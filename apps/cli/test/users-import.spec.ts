import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { testFolder } from '@gatehouse/testing';
import { openDatabase, parseDatabaseSettings } from '@gatehouse/sql';
import type { ExportReport } from '../src/users/export-file.js';
import type { ImportReport } from '../src/users/import-file.js';
import { batchesOf } from '../src/users/batches.js';
import { AuthProcess } from './harness/auth-process.js';
import { type Env, gatehouse, start } from './harness/gatehouse.js';

const BCRYPT = '$2b$06$abcdefghijklmnopqrstuOlzNhp8m.7oUjXUXgUea6MYF8llI68P2';
const PASSWORD = 'un mot passé très long';
const person = (n: number) => JSON.stringify({ email: `person-${n}@example.test`, password_hash: BCRYPT });
const people = (count: number) => Array.from({ length: count }, (_, n) => person(n + 1));

function fileOf(lines: readonly string[]): string {
  const file = join(testFolder('users-import'), 'people.ndjson');
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/** As another process may: the service keeps its people in this file. */
async function makeAdmin(databaseUrl: string): Promise<void> {
  const { settings } = parseDatabaseSettings({ DATABASE_URL: databaseUrl });
  const database = await openDatabase(settings!, { entities: () => [], migrations: [] });
  await database.ready();
  await database.dataSource.query(`UPDATE users SET roles = '["admin","user"]'`);
  await database.close();
}

describe('users import and export', () => {
  let auth: AuthProcess;
  let env: Env;

  beforeAll(async () => {
    auth = await AuthProcess.launch();
    await auth.signUp('admin@example.test');
    await makeAdmin(auth.databaseUrl);
    const { accessToken } = await auth.signUp('admin@example.test');
    env = { AUTH_URL: auth.url, ADMIN_ACCESS_TOKEN: accessToken };
  }, 30_000);
  afterAll(() => auth.stop());

  const run = async (...args: string[]) => {
    const { code, stdout, stderr } = await gatehouse(['users', 'import', ...args, '--json'], env);
    expect(stderr).toBe('');
    return { code, report: JSON.parse(stdout) as ImportReport };
  };

  it('says first what would happen, then lets people in with the password they had, and does no harm again', async () => {
    const file = fileOf([...people(1_050), '{"email":"x"}', '', person(1_051)]);
    const expected = { created: 1_051, updated: 0, skipped: 0, failed: 1, nextLine: 1_054 };
    const dry = await run(file, '--dry-run');
    expect(dry).toMatchObject({ code: 1, report: { ...expected, dryRun: true } });
    const first = await run(file);
    expect(first).toMatchObject({
      code: 1,
      report: { ...expected, dryRun: false, failures: [{ line: 1_051, code: 'INVALID', field: 'email' }] },
    });
    const answer = await auth.post('signin', { email: 'person-1051@example.test', password: PASSWORD });
    expect(answer.status).toBe(200);
    const again = await run(file);
    expect(again).toMatchObject({ code: 1, report: { created: 0, skipped: 1_051, failed: 1 } });
    const rest = await run(file, '--from-line', '1052', '--import-id', again.report.importId);
    expect(rest).toMatchObject({ code: 0, report: { skipped: 1, failed: 0, nextLine: 1_054 } });
  }, 60_000);

  it('tells people the lines that were not taken, and never what stood there', async () => {
    const file = fileOf(['{"email":"a@example.test","password_hash":"plain text"}', '{']);
    const { code, stdout, stderr } = await gatehouse(['users', 'import', file], env);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /^line 1: HASH_UNKNOWN \(password_hash\)\nline 2: NOT_JSON\n0 created, 0 updated, 0 known, 2 not taken; import [0-9a-f-]{36}\n$/,
    );
    expect(stdout + stderr).not.toMatch(/plain text|example\.test/);
  });

  it('reads standard input', async () => {
    const { code, stdout } = await gatehouse(
      ['users', 'import', '-', '--json'],
      env,
      `${person(9_001)}\n${person(9_002)}`,
    );
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ created: 2 });
  });

  it.each<[string, string[], Env, string]>([
    ['nobody says where', ['x.ndjson'], { AUTH_URL: undefined }, 'CONFIG_INVALID'],
    ['there is no such file', ['missing.ndjson'], {}, 'FILE_UNREADABLE'],
    ['the token is nobody’s', ['-'], { ADMIN_ACCESS_TOKEN: 'not-a-token-of-anybody-42' }, 'TOKEN_INVALID'],
  ])('ends with 2 when %s', async (_what, args, other, expected) => {
    const { code, stdout } = await gatehouse(['users', 'import', ...args, '--json'], { ...env, ...other }, person(1));
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: expected } });
  });

  it('is refused to whoever is no administrator', async () => {
    const { accessToken } = await auth.signUp('plain@example.test');
    const out = join(testFolder('users-export'), 'people.ndjson');
    for (const args of [
      ['import', '-'],
      ['export', '--out', out],
    ]) {
      const { code, stderr } = await gatehouse(
        ['users', ...args],
        { ...env, ADMIN_ACCESS_TOKEN: accessToken },
        person(1),
      );
      expect(code).toBe(2);
      expect(stderr).toContain('FORBIDDEN');
      expect(stderr).not.toContain(accessToken);
    }
    expect(readdirSync(dirname(out))).toEqual([]);
  });

  it('writes everybody into a file that only its owner reads and another service takes', async () => {
    await gatehouse(['users', 'import', '-'], env, person(9_003));
    await auth.signUp('mover@example.test');
    const out = join(testFolder('users-export'), 'people.ndjson');
    const written = await gatehouse(['users', 'export', '--out', out, '--password-hashes', '--json'], env);
    expect([written.code, written.stderr]).toEqual([0, '']);
    const text = readFileSync(out, 'utf8');
    const count = text.split('\n').length - 1;
    const bytes = Buffer.byteLength(text);
    expect(written.json<ExportReport>()).toEqual({ out, passwordHashes: true, users: count, bytes });
    expect(statSync(out).mode & 0o777).toBe(0o600);
    expect(readdirSync(dirname(out))).toEqual(['people.ndjson']);

    const other = await AuthProcess.launch();
    await other.signUp('admin@example.test');
    await makeAdmin(other.databaseUrl);
    const { accessToken } = await other.signUp('admin@example.test');
    const there = { AUTH_URL: other.url, ADMIN_ACCESS_TOKEN: accessToken };
    const taken = await gatehouse(['users', 'import', out, '--json'], there);
    expect(taken.json<ImportReport>()).toMatchObject({ created: count - 1, skipped: 1, failed: 0 });
    for (const [email, password] of [
      ['person-9003@example.test', PASSWORD],
      ['mover@example.test', 'correct horse battery staple 7'],
    ]) {
      expect([email, (await other.post('signin', { email, password })).status]).toEqual([email, 200]);
    }
    await other.stop();
  }, 60_000);

  it('leaves the hashes out unless asked for them, and tells people how many there are', async () => {
    const out = join(testFolder('users-export'), 'people.ndjson');
    writeFileSync(out, 'of yesterday');
    const { code, stdout } = await gatehouse(['users', 'export', '--out', out], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+ people, without the hashes of their passwords; \d+ bytes\n$/);
    expect(readFileSync(out, 'utf8')).not.toMatch(/password_hash|of yesterday/);
  });

  it.each<[string, string]>([
    ['a folder', '.'],
    ['in a folder that is not there', 'missing/people.ndjson'],
  ])('asks for nobody when the file cannot be written: %s', async (_what, name) => {
    const out = join(testFolder('users-export'), name);
    const { code, stderr } = await gatehouse(['users', 'export', '--out', out], {
      ...env,
      AUTH_URL: 'http://127.0.0.1:1',
    });
    expect([code, stderr]).toEqual([2, 'gatehouse: the file cannot be written (FILE_UNWRITABLE)\n']);
  });
});

describe('an import beside a service that comes and goes', () => {
  let server: Server;
  let answers: ((request: IncomingMessage, response: ServerResponse) => void)[];
  let seen: { firstLine: string | null; lines: number }[];
  const taken = (_request: IncomingMessage, response: ServerResponse) =>
    response.end(
      JSON.stringify({ success: true, data: { created: 0, updated: 0, skipped: 0, failed: 0, failures: [] } }),
    );

  beforeEach(async () => {
    seen = [];
    answers = [];
    server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (text: string) => (body += text));
      request.on('end', () => {
        const firstLine = new URL(request.url ?? '', 'http://x').searchParams.get('first_line');
        seen.push({ firstLine, lines: body.split('\n').filter(Boolean).length });
        (answers.shift() ?? taken)(request, response);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });
  const env = (): Env => ({
    AUTH_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ADMIN_ACCESS_TOKEN: 'a-token-of-an-administrator',
  });
  const fail =
    (status: number, code: string, headers: Record<string, string> = {}) =>
    (_request: IncomingMessage, response: ServerResponse) =>
      void response.writeHead(status, headers).end(JSON.stringify({ success: false, error: { code } }));

  it('waits as long as it is told to, sends the batch again, and goes on', async () => {
    answers = [
      taken,
      fail(503, 'DEGRADED_UNAVAILABLE', { 'retry-after': '1' }),
      (request) => request.socket.destroy(),
      fail(429, 'RATE_LIMITED'),
    ];
    const { code, tookMs } = await gatehouse(['users', 'import', fileOf(people(2_100))], env());
    expect(code).toBe(0);
    expect(seen.map(({ firstLine }) => firstLine)).toEqual(['1', '1001', '1001', '1001', '1001', '2001']);
    expect(seen.map(({ lines }) => lines)).toEqual([1_000, 1_000, 1_000, 1_000, 1_000, 100]);
    expect(tookMs).toBeGreaterThan(1_000);
  });

  it('stops at an expired token, and says where to go on', async () => {
    answers = [taken, fail(401, 'TOKEN_EXPIRED')];
    const { code, stderr } = await gatehouse(['users', 'import', fileOf(people(1_500))], env());
    expect(code).toBe(2);
    expect(stderr).toMatch(/go on with --from-line 1001 --import-id [0-9a-f-]{36}\n.*TOKEN_EXPIRED/);
    expect(seen).toHaveLength(2);
  });

  it('says where to go on when it is interrupted', async () => {
    answers = [taken, () => undefined];
    const running = start(['users', 'import', fileOf(people(1_500))], env());
    await new Promise<void>((resolve) => {
      const timer = setInterval(() => {
        if (seen.length < 2) return;
        clearInterval(timer);
        resolve();
      }, 20);
    });
    running.process.kill('SIGINT');
    const { code, stderr } = await running.ended;
    expect(code).toBe(2);
    expect(stderr).toContain('go on with --from-line 1001');
  });
});

describe('an export from a service that goes away', () => {
  let server: Server;
  let answer: (response: ServerResponse) => void;
  let out: string;
  beforeAll(async () => {
    server = createServer((_request, response) => answer(response));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    out = join(testFolder('users-export'), 'people.ndjson');
    writeFileSync(out, 'of yesterday');
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });
  const begin = () =>
    start(['users', 'export', '--out', out], {
      AUTH_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ADMIN_ACCESS_TOKEN: 'a-token-of-an-administrator',
    });
  const expectNothingNew = () => {
    expect(readdirSync(dirname(out))).toEqual(['people.ndjson']);
    expect(readFileSync(out, 'utf8')).toBe('of yesterday');
  };

  it.each<[string, string, (response: ServerResponse) => void]>([
    ['is cut', 'EXPORT_CUT', (response) => response.write(`${person(1)}\n`, () => response.destroy())],
    ['ends within a line', 'EXPORT_CUT', (response) => response.end(`${person(1)}\n{"email"`)],
    ['does not begin', 'AUTH_UNREACHABLE', (response) => response.destroy()],
    ['is sent elsewhere', 'AUTH_UNREACHABLE', (response) => response.writeHead(307, { location: '/x' }).end()],
    ['is an error of a proxy', 'HTTP_502', (response) => response.writeHead(502).end('<html>')],
  ])('keeps nothing of one that %s', async (_what, code, answered) => {
    answer = answered;
    const ended = await begin().ended;
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(`(${code})`) });
    expectNothingNew();
  });

  it('keeps nothing of one that is interrupted', async () => {
    const begun = new Promise<void>((resolve) => {
      answer = (response) => void response.write(`${person(1)}\n`, () => resolve());
    });
    const running = begin();
    await begun;
    running.process.kill('SIGINT');
    expect((await running.ended).code).toBe(2);
    expectNothingNew();
  });
});

describe('cutting a file into batches', () => {
  async function cut(text: string, chunk: number, limits: { lines: number; bytes: number; fromLine?: number }) {
    async function* chunks() {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
    }
    const batches = [];
    for await (const { firstLine, lines, body } of batchesOf(chunks(), limits))
      batches.push([firstLine, lines, String(body)]);
    return batches;
  }

  it.each([1, 2, 3, 100])('ends them at ends of lines, whatever comes at a time (%i bytes)', async (chunk) => {
    await expect(cut('a\nb\n\nc\nd', chunk, { lines: 2, bytes: 100 })).resolves.toEqual([
      [1, 2, 'a\nb\n'],
      [3, 2, '\nc\n'],
      [5, 1, 'd'],
    ]);
    await expect(cut('a\nb\nc\n', chunk, { lines: 2, bytes: 100, fromLine: 2 })).resolves.toEqual([[2, 2, 'b\nc\n']]);
    await expect(cut('a\nb\n', chunk, { lines: 2, bytes: 100, fromLine: 9 })).resolves.toEqual([]);
  });

  it('holds no more than a batch of a line without end, and keeps the count', async () => {
    const batches = await cut(`a\n${'x'.repeat(1_000)}\nb\n`, 10, { lines: 10, bytes: 100 });
    expect(batches.map(([firstLine, lines]) => [firstLine, lines])).toEqual([
      [1, 2],
      [3, 1],
    ]);
    expect(String(batches[0]?.[2]).length).toBeLessThanOrEqual(100);
    expect(batches[1]?.[2]).toBe('b\n');
  });
});
