import 'reflect-metadata';
import { loadConfig } from '@gatehouse/config';
import { SessionValidator } from '@gatehouse/session-validator/nest';
import { createLogger } from '@gatehouse/observability';
import { testFolder } from '@gatehouse/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type AuthOverrides, buildAuth } from '../src/build-auth.js';
import { authConfig } from '../src/config/auth.config.js';
import { Argon2PasswordHasher } from '../src/passwords/adapters/argon2-password-hasher.js';
import { HashingQueue } from '../src/passwords/hashing-queue.js';

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  // Whatever the service answers: tests say what they expect of it.
  readonly body: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- see above
  readonly text: string;
}

export interface Ask {
  readonly headers?: Record<string, string>;
  readonly token?: string;
  /** Sent as JSON; a string is sent as it is. */
  readonly body?: unknown;
}

export interface RunningAuth {
  readonly app: NestFastifyApplication;
  /** What was logged so far. */
  readonly log: () => string;
  ask(method: string, path: string, ask?: Ask): Promise<Answer>;
  close(): Promise<void>;
}

const running = new Set<NestFastifyApplication>();

// A test that fails before it closes its service must not keep the run from ending.
afterAll(async () => {
  await Promise.all([...running].map((app) => app.close()));
});

/** Passwords hashed fast: strength is not what flow tests are about. */
export const quickHasher = () =>
  new Argon2PasswordHasher(new HashingQueue({ concurrency: 4, queue: 1_000, maxWaitMs: 60_000 }), {
    memoryKib: 64,
    passes: 1,
    lanes: 1,
  });

/** The whole service in this process, embedded unless `env` says otherwise; asked without a socket. */
export async function startAuth(env: Record<string, string> = {}, overrides: AuthOverrides = {}): Promise<RunningAuth> {
  const lines: string[] = [];
  const settings = loadConfig(authConfig, {
    DATA_DIR: testFolder('auth-data'),
    PUBLIC_URL: 'http://auth.test',
    RATE_LIMIT_ENABLED: 'false',
    // As much as the quick hasher holds.
    HASHING_QUEUE: '1000',
    HASHING_MAX_WAIT_MS: '60000',
    PORT: '0',
    ...env,
  });
  const { app } = await buildAuth(settings, {
    logger: createLogger({ service: 'auth', destination: { write: (line) => void lines.push(line) } }),
    hasher: quickHasher(),
    ...overrides,
  });
  running.add(app);
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  // Until its own list has been read once, the service takes no token. A test that takes Redis away first does not wait long.
  await app.get(SessionValidator).ready(1_000);
  return {
    app,
    log: () => lines.join(''),
    ask: async (method, path, { headers = {}, token, body } = {}) => {
      const answer = await app.inject({
        method: method as 'GET',
        url: path,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { payload: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const isJson = /[/+]json\b/.test(String(answer.headers['content-type'] ?? ''));
      return {
        status: answer.statusCode,
        headers: answer.headers as Record<string, string>,
        body: isJson && answer.body ? (answer.json() as unknown) : undefined,
        text: answer.body,
      };
    },
    close: async () => {
      running.delete(app);
      await app.close();
    },
  };
}
