import { call, type Rooms, startRooms } from '../../test/start-rooms.js';

const ATTEMPT = 'POST /test/attempt';
const LIST = 'GET /api/v1/sessions';

let rooms: Rooms;
let hosts = 0;
/** An address nobody has used yet. */
const anAddress = () => `198.51.100.${++hosts}`;
const attempt = (ip: string, email: unknown) => call(rooms, ATTEMPT, { ip, body: { email } });

describe('attempts at passwords', () => {
  beforeAll(async () => {
    rooms = await startRooms({ limits: { signInPerMinute: 3 } });
  });
  afterAll(() => rooms.close());

  it('are limited per address, with a true account of what is left', async () => {
    const ip = anAddress();
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await attempt(ip, `someone-${i}@example.test`));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 429]);
    expect(answers.map(({ headers }) => headers['x-ratelimit-remaining'])).toEqual(['2', '1', '0', '0']);
    const [first, , , refused] = answers;
    expect(first!.headers['ratelimit-policy']).toBe('"api";q=1000;w=60, "signin";q=3;w=60, "account";q=3;w=60');
    expect(first!.headers['ratelimit']).toMatch(/^"api";r=\d+;t=\d+, "signin";r=2;t=60, "account";r=2;t=60$/);
    expect(refused!.body.error).toMatchObject({ code: 'RATE_LIMITED', retry_after: 60 });
    expect(refused!.headers['retry-after']).toBe('60');
    const resetsIn = Number(refused!.headers['x-ratelimit-reset']) - Date.now() / 1000;
    expect(resetsIn).toBeGreaterThan(58);
    expect(resetsIn).toBeLessThan(62);
  });

  it('are limited per account, from wherever and however it is spelled', async () => {
    const spellings = ['Ada@Example.test', 'ada@example.test', 'ADA@EXAMPLE.TEST', 'ａda@example.test'];
    const statuses = [];
    for (const email of spellings) statuses.push((await attempt(anAddress(), email)).status);
    expect(statuses).toEqual([201, 201, 201, 429]);
  });

  it('of one address do not use up an account’s', async () => {
    const ip = anAddress();
    for (let i = 0; i < 10; i++) await attempt(ip, i < 3 ? `other-${i}@example.test` : 'victim@example.test');
    expect((await attempt(anAddress(), 'victim@example.test')).status).toBe(201);
  });

  it('from one IPv6 network count as one', async () => {
    const statuses = [];
    for (let i = 1; i <= 4; i++) statuses.push((await attempt(`2001:db8:1:2:${i}::1`, `v6-${i}@example.test`)).status);
    expect(statuses).toEqual([201, 201, 201, 429]);
    expect((await attempt('2001:db8:1:3::1', 'v6-5@example.test')).status).toBe(201);
  });

  it('do not believe an address the client made up', async () => {
    const ip = anAddress();
    const statuses = [];
    for (let i = 0; i < 4; i++) {
      const headers = { 'x-forwarded-for': `203.0.113.${i}` };
      statuses.push((await call(rooms, ATTEMPT, { ip, headers, body: { email: `xff-${i}@example.test` } })).status);
    }
    expect(statuses).toEqual([201, 201, 201, 429]);
  });

  it.each([undefined, null, 7, [], {}, 'x'.repeat(1_000)])('count with %j for an address as well', async (email) => {
    const ip = anAddress();
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await attempt(ip, email)).status);
    expect(statuses).toEqual([201, 201, 201, 429]);
  });
});

describe('all requests of one caller', () => {
  beforeAll(async () => {
    rooms = await startRooms({ limits: { apiPerMinute: 4 } });
  });
  afterAll(() => rooms.close());

  it('are limited, and tell so on every answer, whatever it is', async () => {
    const ip = anAddress();
    const routes = [LIST, 'GET /nowhere', 'POST /api/v1/auth/refresh', 'POST /test/attempt', LIST];
    const answers = [];
    for (const route of routes) answers.push(await call(rooms, route, { ip }));
    expect(answers.map(({ status }) => status)).toEqual([401, 404, 400, 201, 429]);
    for (const { headers } of answers) {
      expect(headers['ratelimit']).toMatch(/^"api";r=\d;t=\d+/);
      expect(headers['x-ratelimit-limit']).toBe('4');
      expect(headers['x-request-id']).toBeDefined();
    }
    expect(answers[4]!.body.error.code).toBe('RATE_LIMITED');
  });

  it('count by person once a token is good, by address while it is not', async () => {
    const [held, other] = [await rooms.signIn(), await rooms.signIn()];
    const ip = anAddress();
    const statuses = [];
    for (let i = 0; i < 5; i++) statuses.push((await call(rooms, LIST, { ip, token: held.accessToken })).status);
    expect(statuses).toEqual([200, 200, 200, 200, 429]);
    expect((await call(rooms, LIST, { ip, token: other.accessToken })).status).toBe(200);
    const elsewhere = await call(rooms, LIST, { ip: anAddress(), token: held.accessToken });
    expect(elsewhere.status).toBe(429);
    for (let i = 0; i < 4; i++) await call(rooms, LIST, { ip, token: `${held.accessToken}x` });
    expect((await call(rooms, LIST, { ip, token: 'made.up.too' })).status).toBe(429);
  });
});

describe('limits that are switched off', () => {
  beforeAll(async () => {
    rooms = await startRooms();
  });
  afterAll(() => rooms.close());

  it('refuse nothing and say nothing', async () => {
    const ip = anAddress();
    for (let i = 0; i < 30; i++) expect((await attempt(ip, 'ada@example.test')).status).toBe(201);
    expect((await attempt(ip, 'ada@example.test')).headers['ratelimit']).toBeUndefined();
  });
});
