import fc from 'fast-check';
import type { AppProcess } from './harness/app-process.js';
import { addressCases, bodyCases, credentialCases, faultIn, filled, type HostileCase } from './harness/hostile.js';
import { codeOf } from './harness/http.js';
import { type Operation, operationsOf, validValue } from './harness/openapi.js';
import { itLogsNoSecret, System } from './harness/system.js';

let system: System;
let gatewayToken: string;
beforeAll(async () => {
  system = await System.start({ auths: 1, orders: 1 });
  gatewayToken = await tokenOfAGateway();
}, 60_000);
afterAll(() => system.stop());

const held = new Map<'member' | 'administrator', string>();

async function tokenOfAGateway(): Promise<string> {
  const { clientId, clientSecret } = system.letIn('Gateway', 'federation');
  const answer = await fetch(`${system.auths[0]!.url}/api/v1/auth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'client_credentials', scope: 'federation' }),
  });
  const { access_token: token } = (await answer.json()) as { access_token: string };
  system.vault.add('the token of a gateway', token);
  return token;
}

/**
 * What a guarded route asks for: a person's token, an administrator's, a gateway's, or where services report, theirs. The same again and
 * again; `fresh` after a case that ended its session.
 */
async function goodToken({ path, isGuarded }: Operation, fresh = false): Promise<string | undefined> {
  if (!isGuarded) return undefined;
  const isForServices = path.startsWith('/api/v1/revocations/') && !path.includes('{');
  if (isForServices || path === '/api/v1/sessions/activity') return system.streamToken;
  if (path.startsWith('/api/v1/internal/')) return gatewayToken;
  const who = path.startsWith('/api/v1/admin/') ? 'administrator' : 'member';
  const known = held.get(who);
  if (known !== undefined && !fresh) return known;
  const { accessToken } = await system.device(await system[who]());
  held.set(who, accessToken);
  return accessToken;
}

/** What no refused request may alter: somebody who has nothing to do with them, and what rules them all. */
async function whatStands(bystander: string): Promise<unknown> {
  const tables = ['roles', 'policies', 'service_accounts', 'signing_keys'];
  const all = await Promise.all(tables.map((table) => system.sql(`SELECT * FROM ${table}`)));
  return [...all, await system.sql('SELECT * FROM users WHERE email = ?', bystander)];
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
        const target = path ?? filled(operation.path, '0'.repeat(64));
        const tryWith = (token: string | undefined) => app.ask(target, { method: operation.method, token, ...ask });
        let answer = await tryWith(signedIn ? await goodToken(operation) : undefined);
        // The case before may have ended the session.
        if (signedIn && answer.status === 401) answer = await tryWith(await goodToken(operation, true));
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
    const malformed: string[] = [];
    for (const operation of withBody) {
      const { method, path, body } = operation;
      const token = await goodToken(operation, true);
      const answer = await app.ask(path, { method, token, body: validValue(body!) });
      // Not every right body succeeds (nobody has that password), but none is called malformed.
      if (codeOf(answer) === 'VALIDATION_ERROR') malformed.push(`${method} ${path}: ${answer.text}`);
    }
    expect(malformed).toEqual([]);
  }, 60_000);

  it('refuses every wrong body on every route, and says so in its own words (A14, C19, H5, H6, R11)', async () => {
    const { email } = await system.member();
    const before = await whatStands(email);
    expect(await faults(bodyCases, true)).toEqual([]);
    expect(await whatStands(email)).toEqual(before);
  }, 240_000);

  it('refuses wrong addresses, or does not mind them (H7)', async () => {
    const { email } = await system.member();
    const before = await whatStands(email);
    expect(await faults(addressCases, true)).toEqual([]);
    expect(await whatStands(email)).toEqual(before);
  }, 240_000);

  it('refuses wrong credentials on every guarded route, and a megabyte of them on all', async () => {
    expect(await faults(credentialCases, false)).toEqual([]);
  }, 240_000);

  it('never breaks on a body made up at random', async () => {
    for (const operation of operations.filter((one) => one.body)) {
      const { method, path, body } = operation;
      const token = await goodToken(operation, true);
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

  it('is still the same process, and well (R17)', async () => {
    expect(app.pid).toBe(pid);
    expect(app.isRunning()).toBe(true);
    expect((await app.ask('/health')).status).toBe(200);
    expect(app.output()).not.toMatch(/"level":"(error|fatal)"/);
  });
});

itLogsNoSecret(() => system);
