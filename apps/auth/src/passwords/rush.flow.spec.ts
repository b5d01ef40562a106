import { connect, type Socket } from 'node:net';
import { randomHex } from '@gatehouse/kernel';
import { listRoutes } from '@gatehouse/nest-kit';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { eventually } from '@gatehouse/testing';
import { UserRepository } from '../users/user-repository.port.js';
import { Argon2PasswordHasher } from './adapters/argon2-password-hasher.js';
import { HashingQueue } from './hashing-queue.js';
import { PasswordAdmission } from './password-admission.js';

const PASSWORD = 'correct horse battery';
const SOCKETS = 400;
const QUEUE = 8;
const CONCURRENCY = 2;

// On a machine that is busy this takes its time.
jest.setTimeout(90_000);

describe('a rush of sign-ins (C22, F31)', () => {
  let auth: RunningAuth;
  let port: number;
  let hasher: Argon2PasswordHasher;
  const email = `user-${randomHex(6)}@example.test`;

  beforeAll(async () => {
    // As costly as in earnest.
    hasher = new Argon2PasswordHasher(new HashingQueue({ concurrency: CONCURRENCY, queue: QUEUE, maxWaitMs: 60_000 }));
    const env = {
      HASHING_QUEUE: String(QUEUE),
      HASHING_CONCURRENCY: String(CONCURRENCY),
      HASHING_MAX_WAIT_MS: '60000',
    };
    auth = await startAuth(env, { hasher });
    await auth.ask('POST', '/api/v1/auth/signup', { body: { email, password: PASSWORD } });
    await auth.app.listen(0, '127.0.0.1');
    ({ port } = auth.app.getHttpServer().address() as { port: number });
  });
  afterAll(() => auth.close());

  const open = () =>
    new Promise<Socket>((resolve, reject) => {
      const socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => resolve(socket));
      socket.once('error', reject);
    });
  const signInBytes = (who: string, password: string) => {
    const body = JSON.stringify({ email: who, password });
    return `POST /api/v1/auth/signin HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;
  };
  const ask = (socket: Socket, bytes: string) =>
    new Promise<{ status: number; head: string }>((resolve, reject) => {
      socket.once('data', (chunk: Buffer) => {
        const head = chunk.toString('latin1');
        resolve({ status: Number(head.slice(9, 12)), head });
      });
      socket.once('error', reject);
      socket.write(bytes);
    });

  /** Nobody's password is checked until the returned function is called. @returns it, which tells how many waited for it */
  const holdHashing = (): (() => number) => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const matches = hasher.matches.bind(hasher);
    const spy = jest
      .spyOn(hasher, 'matches')
      .mockImplementation(async (...given) => held.then(() => matches(...given)));
    return () => {
      const calls = spy.mock.calls.length;
      spy.mockRestore();
      release();
      return calls;
    };
  };

  it('hashes what it has room for, refuses the rest at once, and leaves everybody else alone', async () => {
    const { access_token: token } = (
      await auth.ask('POST', '/api/v1/auth/signin', { body: { email, password: PASSWORD } })
    ).body.data;
    // Until everybody is there: load and service share a thread, and a slow load would be no rush.
    const release = holdHashing();
    const sockets = await Promise.all(Array.from({ length: SOCKETS }, open));
    let refusals = 0;
    const rush = sockets.map(async (socket, n) => {
      const answer = await ask(socket, signInBytes(n % 2 ? email : `nobody${n}@example.test`, PASSWORD));
      if (answer.status === 503) refusals++;
      return answer;
    });
    const others: number[] = [];
    for (let n = 0; n < 5; n++) {
      const startedMs = performance.now();
      const answers = await Promise.all([
        auth.ask('GET', '/health'),
        auth.ask('GET', '/api/v1/sessions', { token }),
        auth.ask('GET', '/.well-known/jwks.json'),
      ]);
      others.push(performance.now() - startedMs);
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    }
    await eventually(() => expect(refusals).toBe(SOCKETS - QUEUE - CONCURRENCY));
    const hashed = release();
    const answers = await Promise.all(rush);
    sockets.forEach((socket) => socket.destroy());

    const refused = answers.filter(({ status }) => status === 503);
    const admitted = answers.filter(({ status }) => status !== 503);
    expect(refused.length + admitted.length).toBe(SOCKETS);
    expect(new Set(admitted.map(({ status }) => status))).toEqual(new Set([200, 401]));
    expect(admitted).toHaveLength(QUEUE + CONCURRENCY);
    expect(hashed).toBeLessThanOrEqual(admitted.length);
    for (const { head } of refused) {
      expect(head).toContain('"code":"OVERLOADED"');
      expect(head).toMatch(/\r\nretry-after: [1-9]/i);
    }
    expect(others).toHaveLength(5);
    expect(auth.log()).not.toContain('request refused');
    expect((await auth.ask('POST', '/api/v1/auth/signin', { body: { email, password: PASSWORD } })).status).toBe(200);
  });

  it('asks no store for what it refuses, and does not wait for its body', async () => {
    const find = jest.spyOn(auth.app.get(UserRepository), 'findByEmail');
    const release = holdHashing();
    const sockets = await Promise.all(Array.from({ length: QUEUE + CONCURRENCY }, open));
    const kept = sockets.map((socket) => ask(socket, signInBytes(email, PASSWORD)));
    await eventually(() => expect(find).toHaveBeenCalledTimes(QUEUE + CONCURRENCY));
    const late = await open();
    const head = signInBytes(email, PASSWORD).split('{')[0]!;
    expect((await ask(late, head)).status).toBe(503);
    expect(find).toHaveBeenCalledTimes(QUEUE + CONCURRENCY);
    release();
    for (const { status } of await Promise.all(kept)) expect(status).toBe(200);
    [...sockets, late].forEach((socket) => socket.destroy());
    find.mockRestore();
  });

  it('says at the door what it says within, in either form, and counts it there', async () => {
    const full = jest.spyOn(auth.app.get(PasswordAdmission), 'isFull', 'get').mockReturnValue(true);
    const at = async (path: string, accept: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method: 'POST',
        headers: { accept, 'content-type': 'application/json' },
        body: '{}',
      });
      const { date: _date, 'x-request-id': id = '', ...headers } = Object.fromEntries(response.headers);
      expect(id).not.toBe('');
      const body = (await response.text()).replaceAll(id, 'the id of the request');
      return { status: response.status, headers, body };
    };
    const counted = async () => {
      const { text } = await auth.ask('GET', '/metrics');
      const line = /^http_request_duration_seconds_count\{.*route="\/api\/v1\/auth\/signin",status="503".*\} (\d+)$/m;
      return Number(line.exec(text)?.[1] ?? 0);
    };
    const before = await counted();
    for (const accept of ['application/json', 'application/problem+json', '*/*']) {
      // Only the framework knows that both are the same route.
      const [atDoor, within] = [await at('/api/v1/auth/signin?a=b', accept), await at('/api/v1/auth/sign%69n', accept)];
      expect(atDoor).toEqual(within);
      expect(atDoor.status).toBe(503);
    }
    expect(await counted()).toBe(before + 6);
    full.mockRestore();
  });

  it('is kept from every route that hashes, and from no other', async () => {
    const full = jest.spyOn(auth.app.get(PasswordAdmission), 'isFull', 'get').mockReturnValue(true);
    const refused: string[] = [];
    for (const { method, path } of listRoutes(auth.app, 'session-validator:access')) {
      // A stream that stays open is no answer.
      if (path.endsWith('/stream') || path.endsWith('/events')) continue;
      const { body } = await auth.ask(method, path.replace(/:\w+/g, '1'));
      if (body?.error?.code === 'OVERLOADED') refused.push(`${method} ${path}`);
    }
    full.mockRestore();
    expect(refused.sort()).toEqual([
      'POST /api/v1/admin/users',
      'POST /api/v1/auth/password/change',
      'POST /api/v1/auth/password/reset',
      'POST /api/v1/auth/register',
      'POST /api/v1/auth/signin',
      'POST /api/v1/auth/signup',
      'POST /api/v1/auth/step-up',
    ]);
  });

  it('keeps no place for requests that were begun and not finished', async () => {
    const sockets = await Promise.all(Array.from({ length: 200 }, open));
    for (const socket of sockets) socket.write(signInBytes(email, PASSWORD).slice(0, -5));
    await new Promise((resolve) => setTimeout(resolve, 100));
    const other = await open();
    expect((await ask(other, signInBytes(email, PASSWORD))).status).toBe(200);
    [...sockets, other].forEach((socket) => socket.destroy());
  });

  it('gives the places of clients that went away to others', async () => {
    const release = holdHashing();
    const sockets = await Promise.all(Array.from({ length: QUEUE + CONCURRENCY }, open));
    for (const socket of sockets) socket.write(signInBytes(email, PASSWORD));
    const head = signInBytes(email, PASSWORD).split('{')[0]!;
    await eventually(async () => {
      const late = await open();
      expect((await ask(late, head)).status).toBe(503);
      late.destroy();
    });
    sockets.forEach((socket) => socket.destroy());
    release();
    await eventually(async () => {
      const next = await open();
      expect((await ask(next, signInBytes(email, PASSWORD))).status).toBe(200);
      next.destroy();
    });
  });

  it('counts what it refuses', async () => {
    const { text } = await auth.ask('GET', '/metrics');
    expect(Number(/^auth_password_requests_shed_total\S* (\d+)$/m.exec(text)?.[1])).toBeGreaterThan(0);
  });
});
