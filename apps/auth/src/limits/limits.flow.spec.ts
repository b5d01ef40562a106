import { sleep } from '@gatehouse/testing';
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

  it('are limited per address, with a true account of what is left (R10)', async () => {
    const ip = anAddress();
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push(await attempt(ip, `someone-${i}@example.test`));
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201, 429]);
    expect(answers.map(({ headers }) => headers['x-ratelimit-remaining'])).toEqual(['2', '1', '0', '0']);
    const [first, , , refused] = answers;
    expect(first!.headers['ratelimit-policy']).toBe(
      '"api";q=1000;w=60, "signin";q=3;w=60, "account";q=3;w=60, "pair";q=1000;w=3600',
    );
    expect(first!.headers['ratelimit']).toMatch(
      /^"api";r=\d+;t=\d+, "signin";r=2;t=60, "account";r=2;t=60, "pair";r=999;t=3600$/,
    );
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

  it('from one network count as one, however its addresses are spelled (C13)', async () => {
    const spellings = [
      '2001:db8:1:2:1::1',
      '2001:DB8:1:2:0:0:0:2',
      '2001:0db8:0001:0002:ffff::',
      '2001:db8:1:2::%eth0',
    ];
    const statuses = [];
    for (const [i, ip] of spellings.entries()) statuses.push((await attempt(ip, `v6-${i}@example.test`)).status);
    expect(statuses).toEqual([201, 201, 201, 429]);
    const mapped = ['203.0.113.200', '::ffff:203.0.113.200', '::FFFF:cb00:71c8', '0:0:0:0:0:ffff:203.0.113.200'];
    const same = [];
    for (const [i, ip] of mapped.entries()) same.push((await attempt(ip, `v4-${i}@example.test`)).status);
    expect(same).toEqual([201, 201, 201, 429]);
    expect((await attempt('2001:db8:1:3::1', 'v6-5@example.test')).status).toBe(201);
  });

  it('do not believe an address the client made up (C13)', async () => {
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

describe('guesses at a password', () => {
  const guess = (ip: string, email: string, outcome: string, device_token?: string) =>
    call(rooms, 'POST /test/guess', { ip, body: { email, outcome, device_token } });

  beforeAll(async () => {
    rooms = await startRooms({ limits: { signInPerMinute: 100, freeFailures: 2 } });
  });
  afterAll(() => rooms.close());

  it('that are wrong put off the next; waiting exactly as long as told succeeds (R9)', async () => {
    const email = 'ada@example.test';
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await guess(anAddress(), email, 'INVALID_CREDENTIALS')).status);
    expect(statuses).toEqual([401, 401, 401, 429]);
    const refused = await guess(anAddress(), email, 'ok');
    expect(refused.body.error).toMatchObject({ code: 'RATE_LIMITED', retry_after: 1 });
    expect(refused.headers).toMatchObject({ 'retry-after': '1', 'x-ratelimit-remaining': '0' });
    expect(refused.headers['ratelimit']).toMatch(/, "delay";r=0;t=1$/);
    await sleep(1_000);
    expect((await guess(anAddress(), email, 'ok')).status).toBe(201);
    // The right one has cleared it.
    for (let i = 0; i < 3; i++) expect((await guess(anAddress(), email, 'INVALID_CREDENTIALS')).status).toBe(401);
  });

  it.each(['ACCOUNT_DISABLED', 'OVERLOADED', 'DEGRADED_UNAVAILABLE', 'VALIDATION_ERROR', 'bug'])(
    'that end in %s put off nothing',
    async (outcome) => {
      const email = `${outcome.toLowerCase()}@example.test`;
      for (let i = 0; i < 20; i++) expect((await guess(anAddress(), email, outcome)).status).not.toBe(429);
    },
  );

  it('refused are counted, logged and audited, with nobody’s address in a log line', async () => {
    const email = 'loud@example.test';
    for (let i = 0; i < 8; i++) await guess('198.51.100.250', email, 'INVALID_CREDENTIALS');
    expect(await rooms.metrics.text()).toMatch(/auth_rate_limited_total\{policy="delay",service="auth"\} [1-9]/);
    const line = rooms.log.find((text) => text.includes('limit exceeded') && text.includes('delay'));
    expect(line).toBeDefined();
    expect(rooms.log.join('')).not.toContain(email);
    const events = rooms.audit.events.filter(({ kind }) => kind === 'signin.throttled');
    expect(events.filter(({ ipAddress }) => ipAddress === '198.51.100.250')).toHaveLength(1);
    expect(events.at(-1)).toMatchObject({ requestId: expect.any(String), details: { policy: 'delay' } });
    expect(JSON.stringify(events)).not.toContain(email);
  });
});

describe('all requests of one caller', () => {
  beforeAll(async () => {
    rooms = await startRooms({ limits: { apiPerMinute: 4 } });
  });
  afterAll(() => rooms.close());

  it('are limited, and tell so on every answer, whatever it is (R10)', async () => {
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
    const person = await rooms.signIn();
    const sameElsewhere = await rooms.signIn({ userId: person.session.userId });
    const other = await rooms.signIn({ userId: person.session.userId + 1 });
    const ip = anAddress();
    const ask = async (token: string, from = ip) => (await call(rooms, LIST, { ip: from, token })).status;
    const inTurn = [person, sameElsewhere, person, sameElsewhere, person, sameElsewhere];
    const statuses = [];
    for (const { accessToken } of inTurn) statuses.push(await ask(accessToken));
    expect(statuses).toEqual([200, 200, 200, 200, 429, 429]);
    expect(await ask(other.accessToken)).toBe(200);
    expect(await ask(person.accessToken, anAddress())).toBe(429);
    for (let i = 0; i < 4; i++) await ask(`${person.accessToken}x`);
    expect(await ask('made.up.too')).toBe(429);
  });

  it('leave a person’s other sessions half of what there is, whatever the tokens of one ask for', async () => {
    const [looping, other] = [await rooms.signIn({ userId: 7_001 }), await rooms.signIn({ userId: 7_001 })];
    const ip = anAddress();
    const ask = (token: string) => call(rooms, LIST, { ip, token });
    const first = await ask(looping.accessToken);
    expect(first.headers['ratelimit-policy']).toBe('"api";q=4;w=60, "token";q=2;w=60');
    const refreshed = await call(rooms, 'POST /api/v1/auth/refresh', {
      ip: anAddress(),
      body: { refresh_token: looping.refreshToken },
    });
    const next = refreshed.body.data['access_token'] as string;
    expect([await ask(next), await ask(next)].map(({ status }) => status)).toEqual([200, 429]);
    const answers = [await ask(other.accessToken), await ask(other.accessToken), await ask(other.accessToken)];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 429]);
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
