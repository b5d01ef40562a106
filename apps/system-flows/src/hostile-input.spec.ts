import fc from 'fast-check';
import type { AppProcess } from './harness/app-process.js';
import { addressCases, bodyCases, credentialCases, faultIn, filled, type HostileCase } from './harness/hostile.js';
import { codeOf } from './harness/http.js';
import { type Operation, operationsOf, validValue } from './harness/openapi.js';
import { itLogsNoSecret, System } from './harness/system.js';

let system: System;
beforeAll(async () => (system = await System.start({ auths: 1, orders: 1 })), 60_000);
afterAll(() => system.stop());

/** What a guarded route asks for: a person's token, or where services report, theirs. */
async function goodToken({ path, isGuarded }: Operation): Promise<string | undefined> {
  if (!isGuarded) return undefined;
  if (path.startsWith('/api/v1/revocations/') && !path.includes('{')) return system.streamToken;
  return (await system.device()).accessToken;
}

describe.each(['auth', 'orders'] as const)('%s', (name) => {
  let app: AppProcess;
  let operations: Operation[];
  let pid: number;
  beforeAll(async () => {
    app = (name === 'auth' ? system.auths : system.orders)[0]!;
    operations = await operationsOf(app);
    pid = app.pid;
  });

  /** Tries each case of each route; returns what went wrong. Guarded routes get a good token, unless the case brings its own. */
  async function faults(casesOf: (operation: Operation) => HostileCase[], signedIn: boolean): Promise<string[]> {
    const found: string[] = [];
    for (const operation of operations) {
      for (const { name: what, path, ask, refused } of casesOf(operation)) {
        // Each on a session of its own: a route that ends one would decide the next case.
        const token = signedIn ? await goodToken(operation) : undefined;
        const target = path ?? filled(operation.path, '0'.repeat(64));
        const answer = await app.ask(target, { method: operation.method, token, ...ask });
        const fault = faultIn(answer, refused);
        if (fault) found.push(`${operation.method} ${operation.path}, ${what}: ${fault}`);
      }
    }
    return found;
  }

  it('has routes to try, and takes what its document says is right', async () => {
    expect(operations.length).toBeGreaterThan(8);
    const withBody = operations.filter(({ body }) => body);
    expect(withBody.length).toBeGreaterThan(0);
    for (const operation of withBody) {
      const { method, path, body } = operation;
      const token = await goodToken(operation);
      const answer = await app.ask(path, { method, token, body: validValue(body!) });
      // Not every right body succeeds (nobody has that password), but none is called malformed.
      expect([path, answer.status, codeOf(answer)]).not.toEqual([path, 400, 'VALIDATION_ERROR']);
    }
  }, 60_000);

  it('refuses every wrong body on every route, and says so in its own words', async () => {
    expect(await faults(bodyCases, true)).toEqual([]);
  }, 240_000);

  it('refuses wrong addresses, or does not mind them', async () => {
    expect(await faults(addressCases, true)).toEqual([]);
  }, 240_000);

  it('refuses wrong credentials on every guarded route, and a megabyte of them on all', async () => {
    expect(await faults(credentialCases, false)).toEqual([]);
  }, 240_000);

  it('never breaks on a body made up at random', async () => {
    for (const { method, path, body, isGuarded } of operations.filter((operation) => operation.body)) {
      const token = isGuarded ? (await system.device()).accessToken : undefined;
      const fields = Object.keys(body!.properties ?? {});
      const madeUp = fc.dictionary(fc.oneof(fc.constantFrom(...fields), fc.string()), fc.jsonValue({ maxDepth: 3 }));
      await fc.assert(
        fc.asyncProperty(madeUp, async (value) => {
          const answer = await app.ask(path, { method, token, body: value });
          expect(faultIn(answer, undefined)).toBeUndefined();
        }),
        { numRuns: 60 },
      );
    }
  }, 240_000);

  it('is still the same process, and well', async () => {
    expect(app.pid).toBe(pid);
    expect(app.isRunning()).toBe(true);
    expect((await app.ask('/health')).status).toBe(200);
    expect(app.output()).not.toMatch(/"level":"(error|fatal)"/);
  });
});

itLogsNoSecret(() => system);
