import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { createSessionValidator } from '@gatehouse/session-validator';
import { eventually } from '@gatehouse/testing';
import { aReport } from '../../test/reports.js';
import { type Answer, call, type RoomOptions, type Rooms, startRooms } from '../../test/start-rooms.js';

const REPORT = 'POST /api/v1/revocations/receipts';
const VALIDATORS = 'GET /api/v1/admin/validators';
const receiptOf = (id: unknown) => `GET /api/v1/revocations/${String(id)}`;

const running: Rooms[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((rooms) => rooms.close()));
});

async function start(options: RoomOptions = {}): Promise<Rooms> {
  const rooms = await startRooms(options);
  running.push(rooms);
  return rooms;
}

/** Ends one of two sessions of a person. @returns the token of the other, and the answer. */
async function leaveOne(rooms: Rooms) {
  const [gone, kept] = [await rooms.signIn(), await rooms.signIn()];
  const { userId } = gone.session;
  const staying = await rooms.signIn({ userId });
  const { body } = await call(rooms, 'POST /api/v1/auth/signout', { token: gone.accessToken });
  return { token: staying.accessToken, stranger: kept.accessToken, userId, revocationId: body.data['revocation_id'] };
}

const anAdmin = async (rooms: Rooms) =>
  (await rooms.signIn({ roles: ['user', 'admin'], scope: 'admin:validators' })).accessToken;
const validatorsIn = ({ body }: Answer) => body.data['validators'] as Record<string, unknown>[];
const failure = ({ status, body }: Answer) => [status, body.error.code];

describe('the receipt of a revocation', () => {
  it('shows within a second or two that it is in force, and since when', async () => {
    const rooms = await start();
    const beforeMs = Date.now();
    const { token, revocationId } = await leaveOne(rooms);
    await eventually(
      async () => {
        const { status, body } = await call(rooms, receiptOf(revocationId), { token });
        expect(status).toBe(200);
        expect(body.success).toBe(true);
        expect(body.data).toEqual({
          revocation_id: revocationId,
          scope: 'sid',
          reason: 'user_signout',
          entries: 1,
          sequence: expect.stringMatching(/^\d+-\d+$/) as unknown,
          complete: true,
          validators: [
            {
              instance_id: expect.stringMatching(/^[0-9a-f]{16}$/) as unknown,
              service: 'auth',
              applied: true,
              applied_at: expect.stringMatching(/Z$/) as unknown,
              expected: true,
            },
          ],
        });
        const [{ applied_at: at }] = body.data['validators'] as [{ applied_at: string }];
        expect(Date.parse(at)).toBeGreaterThanOrEqual(beforeMs - 1);
        expect(Date.parse(at) - beforeMs).toBeLessThan(500);
      },
      { timeoutMs: 3_000 },
    );
  });

  it.each([
    ['one session', (id: string) => `DELETE /api/v1/sessions/${id}`, 'user_revoked'],
    ['all others', () => 'DELETE /api/v1/sessions', 'revoked_others'],
  ])('can be asked for after ending %s', async (_what, route, reason) => {
    const rooms = await start();
    const { session, accessToken: token } = await rooms.signIn();
    const other = await rooms.signIn({ userId: session.userId });
    const { body } = await call(rooms, route(other.session.id), { token });
    const receipt = await call(rooms, receiptOf(body.data['revocation_id']), { token });
    expect([receipt.status, receipt.body.data['reason']]).toEqual([200, reason]);
  });

  it('is there for its owner and for administrators, and for nobody else', async () => {
    const rooms = await start();
    const { token, stranger, revocationId } = await leaveOne(rooms);
    const ask = async (asker: string | undefined, id = revocationId) =>
      call(rooms, receiptOf(id), asker === undefined ? {} : { token: asker });
    expect((await ask(token)).status).toBe(200);
    expect((await ask(await anAdmin(rooms))).status).toBe(200);
    const refused = await ask(stranger);
    expect(failure(refused)).toEqual([404, 'NOT_FOUND']);
    // Word for word what an unknown one gets.
    const unknown = await ask(stranger, randomUUID());
    expect({ ...refused.body.error, request_id: '' }).toEqual({ ...unknown.body.error, request_id: '' });
    expect(failure(await ask(undefined))).toEqual([401, 'TOKEN_MISSING']);
  });

  it.each(['x', '..%2f', '%00', "'--", 'a'.repeat(64), '0B0E3C9A-6A3C-4A9E-9D55-1B1F4A8A8F00'])(
    'does not exist under the name %s',
    async (id) => {
      const rooms = await start();
      const answer = await call(rooms, receiptOf(id), { token: await anAdmin(rooms) });
      expect(failure(answer)).toEqual([404, 'NOT_FOUND']);
    },
  );

  it('says that it cannot tell while the database is away', async () => {
    const rooms = await start();
    const { token, revocationId } = await leaveOne(rooms);
    rooms.outbox.away = true;
    expect(failure(await call(rooms, receiptOf(revocationId), { token }))).toEqual([503, 'DEGRADED_UNAVAILABLE']);
  });
});

describe('the list of validators', () => {
  it('is for administrators', async () => {
    const rooms = await start();
    const { accessToken: token } = await rooms.signIn();
    expect(failure(await call(rooms, VALIDATORS, { token }))).toEqual([403, 'FORBIDDEN']);
    expect(failure(await call(rooms, VALIDATORS))).toEqual([401, 'TOKEN_MISSING']);
    expect((await call(rooms, VALIDATORS, { token: await anAdmin(rooms) })).status).toBe(200);
  });

  it('shows each with version, place, lag and mode', async () => {
    const rooms = await start();
    const token = await anAdmin(rooms);
    await rooms.receipts.post(aReport({ epoch: 'another', service: '', notUnderstood: 3 }));
    const answer = await call(rooms, VALIDATORS, { token });
    const { feed, validators, ...rest } = answer.body.data;
    expect(rest).toEqual({ expected_count: 2, full: false });
    const [own, other] = validators as [Record<string, unknown>, Record<string, unknown>];
    expect(own).toMatchObject({ service: 'auth', mode: 'in-process', version: '0.1.0', expected: true });
    expect(own['epoch']).toBe((feed as { epoch: string }).epoch);
    expect(own['lag_seconds']).toBeGreaterThanOrEqual(0);
    expect(own['lag_seconds']).toBeLessThan(3);
    expect(other).toMatchObject({ service: null, mode: 'redis', lag_seconds: null, entries_not_understood: 3 });
    expect(other['applied_position']).toBe('1000-0');
    expect(Math.abs(Date.parse(String(other['last_report_at'])) - Date.now())).toBeLessThan(2_000);
  });
});

describe('a validator without Redis', () => {
  it('reports over HTTP, is waited for, and is let go when it ends', async () => {
    const rooms = await start({ streamToken: 'token-of-the-stream' });
    await rooms.app.listen(0, '127.0.0.1');
    const { port } = rooms.app.getHttpServer().address() as AddressInfo;
    const warnings: string[] = [];
    const orders = createSessionValidator({
      authUrl: `http://127.0.0.1:${port}`,
      feedToken: 'token-of-the-stream',
      jwtSecret: 'drawn at random, thirty-two bytes or more',
      issuer: 'i',
      audience: 'a',
      serviceName: 'orders',
      instanceName: 'orders-1',
      warn: (message) => warnings.push(message),
    });
    try {
      const { token, revocationId } = await leaveOne(rooms);
      await eventually(
        async () => {
          const { body } = await call(rooms, receiptOf(revocationId), { token });
          const services = (body.data['validators'] as { service: string; applied: boolean }[]) ?? [];
          expect(services.map(({ service, applied }) => [service, applied])).toEqual([
            ['auth', true],
            ['orders', true],
          ]);
          expect(body.data['complete']).toBe(true);
        },
        { timeoutMs: 5_000 },
      );
      const seen = validatorsIn(await call(rooms, VALIDATORS, { token: await anAdmin(rooms) }));
      expect(seen).toContainEqual(expect.objectContaining({ instance_name: 'orders-1', mode: 'sse' }));
    } finally {
      await orders.close();
    }
    const left = validatorsIn(await call(rooms, VALIDATORS, { token: await anAdmin(rooms) }));
    expect(left.map(({ service }) => service)).toEqual(['auth']);
    expect(warnings.filter((text) => text.includes('reported'))).toEqual([]);
  });

  it('needs the token of the stream', async () => {
    const rooms = await start({ streamToken: 'token-of-the-stream' });
    const body = aReport({ mode: 'sse' });
    const { accessToken } = await rooms.signIn();
    expect(failure(await call(rooms, REPORT, { body }))).toEqual([401, 'TOKEN_MISSING']);
    expect(failure(await call(rooms, REPORT, { body, token: accessToken }))).toEqual([401, 'TOKEN_INVALID']);
    const taken = await call(rooms, REPORT, { body, token: 'token-of-the-stream' });
    expect([taken.status, taken.body]).toEqual([200, { success: true, data: { taken: true } }]);
    expect((await rooms.receipts.read()).validators).toHaveLength(2);
  });

  it('is not heard in production where no token is set up', async () => {
    const rooms = await start({ streamOpenWithoutToken: false });
    expect(failure(await call(rooms, REPORT, { body: aReport({ mode: 'sse' }) }))).toEqual([403, 'FORBIDDEN']);
  });
});

describe('a hostile report', () => {
  const sound = () => ({ ...aReport({ mode: 'sse' }) }) as Record<string, unknown>;

  it.each<[string, Record<string, unknown>]>([
    ['has a mode only other ways may have', { mode: 'redis' }],
    ['has the mode of the service itself', { mode: 'in-process' }],
    ['is of no instance', { instance: undefined }],
    ['has an instance of many', { instance: [randomUUID()] }],
    ['is an object where a text is', { name: { toString: 'x' } }],
    ['has markup for a name', { name: '<img src=x>' }],
    ['has a name without end', { name: 'x'.repeat(10_000) }],
    ['has a line end in its version', { version: '1\n2' }],
    ['is of no epoch', { epoch: '' }],
    ['has no place', { position: 'nowhere' }],
    ['goes back', { from: '2000-0' }],
    ['is from before time', { atMs: -1 }],
    ['is from after time', { atMs: 1e300 }],
    ['has a text for a time', { atMs: '1' }],
    ['has no marks', { marks: null }],
    ['has marks that are objects', { marks: [{}] }],
    [
      'has marks out of order',
      {
        marks: [
          ['900-0', 2],
          ['800-0', 1],
        ],
      },
    ],
    ['has marks past its place', { marks: [['1001-0', 1]] }],
    ['has more marks than allowed', { marks: Array.from({ length: 129 }, (_, i) => [`${i + 1}-0`, i]) }],
    ['says maybe', { leaving: 'maybe' }],
    ['says more than asked', { admin: true }],
  ])('that %s is refused, and leaves nothing behind', async (_what, change) => {
    const rooms = await start();
    const answer = await call(rooms, REPORT, { body: { ...sound(), ...change } });
    expect(failure(answer)).toEqual([400, 'VALIDATION_ERROR']);
    expect((await rooms.receipts.read()).validators.map(({ service }) => service)).toEqual(['auth']);
  });

  it('of any size is refused before it is read', async () => {
    const rooms = await start();
    const answer = await call(rooms, REPORT, { body: { ...sound(), name: 'x'.repeat(100_000) } });
    expect(failure(answer)).toEqual([413, 'PAYLOAD_TOO_LARGE']);
  });

  it('of ever new validators finds no room in the end, crowds out nobody and lets nothing count as complete', async () => {
    const rooms = await start({ limits: {}, receipts: { maxPerMode: 20 } });
    const honest = aReport({ mode: 'sse', service: 'orders', position: '10-0' });
    expect((await call(rooms, REPORT, { body: honest })).status).toBe(200);
    const answers: Answer[] = [];
    for (let i = 0; i < 300; i++) answers.push(await call(rooms, REPORT, { body: sound() }));
    const codes = new Set(answers.map(({ status }) => status));
    expect(codes).toEqual(new Set([200, 503]));
    expect(answers.at(-1)?.body.error).toMatchObject({ code: 'OVERLOADED', retry_after: 30 });
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(19);
    const again = { ...honest, from: '10-0', position: '20-0' };
    expect((await call(rooms, REPORT, { body: again })).status).toBe(200);
    const { body } = await call(rooms, VALIDATORS, { token: await anAdmin(rooms) });
    expect(body.data['full']).toBe(true);
    const names = (body.data['validators'] as { service: string; mode: string }[]).map(({ service }) => service);
    expect(names).toContain('auth');
    const { token, revocationId } = await leaveOne(rooms);
    expect((await call(rooms, receiptOf(revocationId), { token })).body.data['complete']).toBe(false);
  });

  it('that says less than an earlier one takes nothing back, and no answer tells in whose place one could report', async () => {
    const rooms = await start();
    const honest = aReport({ mode: 'sse', position: '5000-0' });
    await call(rooms, REPORT, { body: honest });
    await call(rooms, REPORT, { body: { ...honest, position: '10-0', atMs: 1 } });
    const answer = await call(rooms, VALIDATORS, { token: await anAdmin(rooms) });
    expect(validatorsIn(answer).map((one) => one['applied_position'])).toContain('5000-0');
    expect(answer.text).not.toContain(honest.instance);
  });

  it('uses up a limit of its own, not the one that reading the feed and the keys counts on', async () => {
    const rooms = await start({ limits: { apiPerMinute: 5 } });
    for (let i = 0; i < 20; i++) expect((await call(rooms, REPORT, { body: sound() })).status).toBe(200);
    const { headers } = await call(rooms, REPORT, { body: sound() });
    expect(headers['ratelimit-policy']).toBe('"reports";q=6000;w=60');
    expect((await call(rooms, 'GET /api/v1/sessions')).status).toBe(401);
  });
});
