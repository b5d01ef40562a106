// Nobody ever sees or ends what is another's: every id of hers, in every place of every route that takes one.
import type { AppProcess } from './harness/app-process.js';
import { Device, type Person } from './harness/device.js';
import { type Answer, codeOf, dataOf } from './harness/http.js';
import { type FieldSchema, type Operation, operationsOf, validValue } from './harness/openapi.js';
import { itLogsNoSecret, System } from './harness/system.js';

let system: System;
let her: Person;
let hers: readonly Device[];
/** Everything that her own lists call an id, and her session ids. */
let herIds: readonly string[];
let operations: readonly (Operation & { readonly app: AppProcess })[];

beforeAll(async () => {
  system = await System.start({ auths: 1, orders: 1 });
  her = await system.member();
  hers = [await system.device(her), await system.device(her), await system.device(her)];
  const [auth, orders] = [system.auths[0]!, system.orders[0]!];
  const both = await Promise.all(
    [auth, orders].map(async (app) => (await operationsOf(app)).map((one) => ({ ...one, app }))),
  );
  operations = both.flat();
  await orders.ask('/api/orders', { method: 'POST', token: hers[0]!.accessToken, body: orderBody() });
  const ended = await hers[0]!.endSession(hers[2]!.sessionId);
  const revocation = dataOf<{ revocation_id: string }>(ended).revocation_id;
  const seen = await Promise.all(readable().map(({ app, path }) => app.ask(path, { token: hers[0]!.accessToken })));
  herIds = [
    ...new Set([...hers.map(({ sessionId }) => sessionId), revocation, ...seen.flatMap(({ json }) => idsIn(json))]),
  ];
}, 90_000);
afterAll(() => system.stop());

/** What she can read without naming anything. */
const readable = () =>
  operations.filter(({ method, isGuarded, pathParameters }) => method === 'GET' && isGuarded && !pathParameters.length);

const orderBody = () => {
  const schema = operations.find(({ method, path }) => method === 'POST' && path === '/api/orders')?.body;
  if (!schema) throw new Error('orders takes no orders');
  return validValue(schema);
};

/** Whatever is called `id`, or ends in it, at any depth. The numbers of people are no secret, but no key to anything either. */
function idsIn(json: unknown): string[] {
  if (Array.isArray(json)) return json.flatMap(idsIn);
  if (typeof json !== 'object' || json === null) return [];
  return Object.entries(json).flatMap(([name, value]) => {
    const isId = /(^|_)ids?$/.test(name) && (typeof value === 'string' || typeof value === 'number');
    return isId && name !== 'client_id' ? [String(value)] : idsIn(value);
  });
}

/** Facts of hers that no answer to another may hold. */
const facts = () => [her.email, ...hers.flatMap(({ accessToken, refreshToken }) => [accessToken, refreshToken])];

function wrongIn(what: string, id: string, answer: Answer): string[] {
  const told = facts().filter((fact) => answer.text.includes(fact));
  const others = herIds.filter((other) => other !== id && other.length > 8 && answer.text.includes(other));
  return [
    ...(answer.status >= 500 ? [`${what} answered ${answer.status} ${codeOf(answer) ?? ''}`] : []),
    ...(told.length > 0 ? [`${what} told something of hers`] : []),
    ...(others.length > 0 ? [`${what} told other ids of hers`] : []),
  ];
}

const USES = 20;
let stranger: Device | undefined;
let uses = 0;

/** Somebody else, who is still who they were: a sign-up and sign-in for each of a thousand attempts would take minutes. */
async function aStranger(): Promise<Device> {
  if (!stranger || uses++ >= USES) {
    stranger = await system.device();
    uses = 0;
  }
  return stranger;
}

/** What may have changed the stranger, or used up what they may do, is not to be seen in the next answer. */
function noteAnswer({ method, isGuarded }: Operation, { status }: Answer): void {
  const isHarmless = !isGuarded || (status < 400 ? method === 'GET' : [400, 403, 404, 405, 409, 422].includes(status));
  if (!isHarmless) stranger = undefined;
}

/** Her sessions that live, as she sees them. */
async function herSessions(): Promise<string[]> {
  const { sessions } = dataOf<{ sessions: { id: string }[] }>(await hers[0]!.listSessions());
  return sessions.map(({ id }) => id).sort();
}

describe('a stranger who knows every id of hers', () => {
  it('is tried with many ids in many places', () => {
    expect(herIds.length).toBeGreaterThan(5);
    expect(operations.filter(({ pathParameters }) => pathParameters.length > 0).length).toBeGreaterThan(3);
  });

  it('is tried on every route that names a session or takes ids of them', () => {
    const tried = operations.map(({ method, path }) => `${method} ${path}`);
    for (const route of [
      'GET /api/v1/sessions',
      'GET /api/v1/sessions/{sessionId}',
      'GET /api/v1/sessions/{sessionId}/activity',
      'PATCH /api/v1/sessions/{sessionId}',
      'DELETE /api/v1/sessions/{sessionId}',
      'POST /api/v1/sessions/revoke',
    ]) {
      expect(tried).toContain(route);
    }
    const revoke = operations.find(({ path }) => path === '/api/v1/sessions/revoke')!;
    const places = placesOf(revoke.body, revoke.queryParameters, hers[0]!.sessionId).map(([place]) => place);
    expect(places).toEqual(expect.arrayContaining(['body ids', 'body device_id', 'body client_id', 'X-Session-ID']));
  });

  it('gets the same answer for an id of hers as for one that nobody has', async () => {
    const found: string[] = [];
    for (const operation of operations) {
      const { app, method, path, pathParameters, body, isGuarded } = operation;
      if (pathParameters.length === 0 || !isGuarded) continue;
      for (const id of herIds) {
        const given = { method, token: (await aStranger()).accessToken, ...(body ? { body: validValue(body) } : {}) };
        const answer = await app.ask(path.replace(/\{[^}]+\}/g, encodeURIComponent(id)), given);
        noteAnswer(operation, answer);
        const what = `${method} ${path} with ${kindOf(id)}`;
        found.push(...wrongIn(what, id, answer));
        if (answer.status < 400) found.push(`${what} answered ${answer.status}`);
        const nobodys = await app.ask(path.replace(/\{[^}]+\}/g, encodeURIComponent(strangerTo(id))), given);
        const [one, other] = [answer, nobodys].map(({ status, text }) => [
          status,
          text.replace(/"request_id":"[^"]*"/, ''),
        ]);
        if (JSON.stringify(one) !== JSON.stringify(other)) found.push(`${what} is answered differently from nobody's`);
      }
    }
    expect(found).toEqual([]);
  }, 240_000);

  it('moves nothing by putting one into a body, a query or a header', async () => {
    const found: string[] = [];
    const before = await herSessions();
    for (const operation of operations) {
      const { app, method, path, body, queryParameters, pathParameters } = operation;
      if (pathParameters.length > 0) continue;
      for (const id of herIds) {
        for (const [place, change] of placesOf(body, queryParameters, id)) {
          const { accessToken: token } = await aStranger();
          const { query = '', ...given } = change;
          const answer = await app.ask(`${path}${query}`, { method, token, ...given });
          noteAnswer(operation, answer);
          found.push(...wrongIn(`${method} ${path}, ${place}`, id, answer));
        }
      }
    }
    expect(found).toEqual([]);
    expect(await herSessions()).toEqual(before);
  }, 300_000);

  it('has ended nothing of hers, and changed nothing she can see', async () => {
    expect(await herSessions()).toEqual([hers[0]!.sessionId, hers[1]!.sessionId].sort());
    for (const device of [hers[0]!, hers[1]!]) {
      expect((await device.use(system.orders[0]!)).status).toBe(200);
      expect((await device.refresh()).status).toBe(200);
    }
    expect((await system.signIn(her)).status).toBe(200);
  });
});

function placesOf(
  body: FieldSchema | undefined,
  queryParameters: readonly string[],
  id: string,
): [string, { body?: unknown; query?: string; headers?: Record<string, string> }][] {
  const good = body ? (validValue(body) as Record<string, unknown>) : undefined;
  const fields = Object.entries(body?.properties ?? {}).filter(([name]) =>
    /id|session|device|user|cursor|choice/.test(name),
  );
  return [
    ...fields.map(([name, { type }]): [string, { body: unknown }] => [
      `body ${name}`,
      {
        body: { ...good, [name]: type === 'array' ? [id] : type === 'integer' || type === 'number' ? Number(id) : id },
      },
    ]),
    ...queryParameters.map((name): [string, { query: string; body?: unknown }] => [
      `query ${name}`,
      { query: `?${name}=${encodeURIComponent(id)}`, ...(good ? { body: good } : {}) },
    ]),
    ...(/^[0-9a-f]{64}$/.test(id)
      ? [['X-Session-ID', { headers: { 'x-session-id': id }, ...(good ? { body: good } : {}) }] as [string, object]]
      : []),
  ];
}

const kindOf = (id: string) => (/^[0-9a-f]{64}$/.test(id) ? 'a session id' : /^\d+$/.test(id) ? 'a number' : 'an id');

/** An id of the same form that nobody has. */
function strangerTo(id: string): string {
  if (/^\d+$/.test(id)) return '4503599627370495';
  return id.replace(/[0-9a-f]/g, (digit) => (15 - parseInt(digit, 16)).toString(16));
}

itLogsNoSecret(() => system);
