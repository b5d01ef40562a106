import { sleep } from '@gatehouse/testing';
import { call, type Rooms, startRooms } from '../../test/start-rooms.js';

/** Long enough for a hundred requests on a busy machine. */
const GRACE_MS = 3_000;
const ROUTE = 'POST /api/v1/auth/refresh';
let rooms: Rooms;
beforeAll(async () => {
  rooms = await startRooms({ graceMs: GRACE_MS });
});
afterAll(() => rooms.close());

const refresh = (refresh_token: unknown) => call(rooms, ROUTE, { body: { refresh_token } });
const verify = (token: string) => call(rooms, 'GET /api/v1/auth/verify', { token });

describe('POST /api/v1/auth/refresh', () => {
  it('answers with the next pair, and the session in a header (R3)', async () => {
    const held = await rooms.signIn();
    const { status, headers, body } = await refresh(held.refreshToken);
    expect(status).toBe(200);
    expect(headers['x-session-id']).toBe(held.session.id);
    expect(headers['x-refresh-replayed']).toBeUndefined();
    expect(headers['cache-control']).toBe('no-store');
    expect(body.data).toMatchObject({
      token_type: 'Bearer',
      expires_in: 900,
      refresh_token: expect.stringMatching(new RegExp(`^${held.session.id}\\.`)) as string,
      user: { id: held.session.userId },
    });
    expect((await verify(String(body.data['access_token']))).status).toBe(200);
  });

  it('answers a hundred at once to the byte alike, and says which are repetitions (C16, I3)', async () => {
    const held = await rooms.signIn();
    const answers = await Promise.all(Array.from({ length: 100 }, () => refresh(held.refreshToken)));
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect(answers.filter(({ headers }) => headers['x-refresh-replayed'] === '1')).toHaveLength(99);
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('ends the family when a spent token comes back: new tokens of it die too (R6, I4)', async () => {
    const held = await rooms.signIn();
    const { body } = await refresh(held.refreshToken);
    await sleep(GRACE_MS + 50);
    const reused = await refresh(held.refreshToken);
    expect([reused.status, reused.body.error.code]).toEqual([401, 'REFRESH_REUSE_DETECTED']);
    const access = await verify(String(body.data['access_token']));
    expect([access.status, access.body.error.code]).toEqual([401, 'SESSION_REVOKED']);
    expect((await refresh(body.data['refresh_token'])).body.error.code).toBe('REFRESH_EXPIRED');
    expect(rooms.audit.events).toContainEqual(
      expect.objectContaining({ kind: 'refresh.reuse_detected', sessionId: held.session.id, ipAddress: '192.0.2.1' }),
    );
  });

  it('is answered as the first time for longer with the Idempotency-Key of the first time, and with no other', async () => {
    const attempt = (refresh_token: unknown, key: string) =>
      call(rooms, ROUTE, { body: { refresh_token }, headers: { 'idempotency-key': key } });
    const [patient, thief] = [await rooms.signIn(), await rooms.signIn()];
    const first = await attempt(patient.refreshToken, 'in-a-tunnel');
    await attempt(thief.refreshToken, 'in-a-tunnel');
    await sleep(GRACE_MS + 50);
    const again = await attempt(patient.refreshToken, 'in-a-tunnel');
    expect([again.status, again.text, again.headers['x-refresh-replayed']]).toEqual([200, first.text, '1']);
    const stolen = await attempt(thief.refreshToken, 'guessed');
    expect([stolen.status, stolen.body.error.code]).toEqual([401, 'REFRESH_REUSE_DETECTED']);
    // Once its successor is spent, no key helps: somebody has gone on with it.
    const next = first.body.data['refresh_token'];
    expect((await refresh(next)).status).toBe(200);
    const late = await attempt(patient.refreshToken, 'in-a-tunnel');
    expect(late.body.error.code).toBe('REFRESH_REUSE_DETECTED');
    for (const key of ['', 'two words', 'x'.repeat(256)]) {
      const { refreshToken } = await rooms.signIn();
      const refused = await attempt(refreshToken, key);
      expect([refused.status, refused.body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
      expect((await refresh(refreshToken)).status).toBe(200);
    }
  });

  it('says 503 while the session store is away', async () => {
    const held = await rooms.signIn();
    rooms.setStoreAway(true);
    const away = await refresh(held.refreshToken);
    rooms.setStoreAway(false);
    expect([away.status, away.body.error.code, away.headers['retry-after']]).toEqual([503, 'SESSION_ERROR', '1']);
    expect((await refresh(held.refreshToken)).status).toBe(200);
  });

  it('needs no database', async () => {
    const held = await rooms.signIn();
    rooms.outbox.away = true;
    const { status } = await refresh(held.refreshToken);
    rooms.outbox.away = false;
    expect(status).toBe(200);
  });

  it.each([undefined, null, 1, true, [], {}, ['x'], 'x'.repeat(257)])('refuses %j for a token', async (text) => {
    const { status, body } = await refresh(text);
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('refuses a text that is no token of ours', async () => {
    const { status, body, headers } = await refresh('rubbish');
    expect([status, body.error.code]).toEqual([401, 'REFRESH_INVALID']);
    expect(headers['www-authenticate']).toContain('REFRESH_INVALID');
  });

  it('refuses an extra field', async () => {
    const held = await rooms.signIn();
    const { status } = await call(rooms, ROUTE, { body: { refresh_token: held.refreshToken, scope: 'admin' } });
    expect(status).toBe(400);
    expect((await refresh(held.refreshToken)).headers['x-refresh-replayed']).toBeUndefined();
  });

  it('tells the figures by what came of it', async () => {
    const text = await rooms.metrics.text();
    for (const result of ['rotated', 'replayed', 'reused', 'expired', 'invalid', 'unavailable']) {
      expect(text).toMatch(new RegExp(`auth_refreshes_total\\{result="${result}",service="auth"\\} [1-9]`));
    }
    expect(text).toMatch(/auth_revocations_total\{reason="reuse_detected",durable_in="database",service="auth"\} 3\n/);
  });
});
