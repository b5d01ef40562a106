import { randomHex } from '@gatehouse/kernel';
import { listRoutes } from '@gatehouse/nest-kit';
import { SessionStore } from '@gatehouse/session-store';
import { eventually, freshMysqlDatabaseUrl, sharedRedisUrl } from '@gatehouse/testing';
import { aPerson, signedIn, signIn, type SignedInPerson } from '../../test/administrators.js';
import { type Answer, type RunningAuth, startAuth } from '../../test/start-auth.js';
import { generateSecrets } from '../config/embedded-secrets.js';
import { LIMIT_POLICIES } from '../sign-in/session-settings.js';

const SESSIONS = '/api/v1/sessions';
const SIGN_IN = '/api/v1/auth/signin';
const NOBODYS = 'f'.repeat(64);
const DAY_MS = 86_400_000;

/** An answer without what no two answers have in common. */
const toldIn = ({ status, headers, text }: Answer) => ({
  status,
  headers: Object.keys(headers).sort(),
  body: text.replace(/"request_id":"[^"]*"/, ''),
});

let auth: RunningAuth;
beforeAll(async () => {
  auth = await startAuth();
});
afterAll(() => auth.close());

const idsIn = ({ body }: Answer): string[] => body.data.sessions.map(({ id }: { id: string }) => id);

describe('one of one’s own sessions', () => {
  it('is shown by itself, with how it was used', async () => {
    const person = await aPerson(auth);
    const [first, second] = [await signIn(auth, person), await signIn(auth, person)];
    const ask = (path: string) => auth.ask('GET', `${SESSIONS}/${path}`, { token: first.token });
    expect((await ask(first.sessionId)).body.data.session).toMatchObject({ id: first.sessionId, is_current: true });
    expect((await ask(second.sessionId)).body.data.session).toMatchObject({ id: second.sessionId, is_current: false });
    const activity = await ask(`${second.sessionId}/activity`);
    expect(activity.body.data).toEqual({
      session_id: second.sessionId,
      request_count: 0,
      created_at: expect.any(String),
      last_access: expect.any(String),
      last_request_at: null,
      duration_seconds: expect.any(Number),
      ip_addresses: ['127.0.0.1'],
    });
  });

  it('is given a name and an earlier end, which tokens and refreshes keep to (B7)', async () => {
    const person = await signedIn(auth);
    const patch = (body: object) => auth.ask('PATCH', `${SESSIONS}/${person.sessionId}`, { token: person.token, body });
    expect((await patch({ device_name: 'Kitchen tablet' })).body.data.session.device.name).toBe('Kitchen tablet');
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const { session } = (await patch({ expires_at: expiresAt })).body.data;
    expect(session).toMatchObject({ expires_at: expiresAt, absolute_expires_at: expiresAt });
    const body = { refresh_token: person.refreshToken };
    const refreshed = (await auth.ask('POST', '/api/v1/auth/refresh', { body })).body.data;
    expect(refreshed.expires_in).toBeLessThanOrEqual(60);
    expect(refreshed.refresh_expires_in).toBeLessThanOrEqual(60);

    const tooLate = await patch({ expires_at: new Date(Date.now() + 8 * DAY_MS).toISOString() });
    expect([tooLate.status, tooLate.body.error.code]).toEqual([400, 'EXPIRY_OUT_OF_RANGE']);
    const { latest } = tooLate.body.error.details;
    expect((await patch({ expires_at: latest })).body.data.session.absolute_expires_at).toBe(latest);
  });

  it.each([
    { device_name: '' },
    { device_name: 'x'.repeat(101) },
    { device_name: 'a\u0000b' },
    { device_name: null },
    { expires_at: '2026-01-15' },
    { expires_at: '2026-01-15T10:30:00' },
    { expires_at: '2026-02-31T10:30:00Z' },
    { expires_at: 1_800_000_000_000 },
    { user_id: 1 },
    { remember_me: true },
  ])('takes no %j', async (body) => {
    const { token, sessionId } = await signedIn(auth);
    const answer = await auth.ask('PATCH', `${SESSIONS}/${sessionId}`, { token, body });
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('is answered for as nobody’s, on every route that names one, when it is somebody else’s (B6)', async () => {
    const [me, her] = [await signedIn(auth), await signedIn(auth)];
    const before = await auth.ask('GET', `${SESSIONS}/${her.sessionId}`, { token: her.token });
    const named = listRoutes(auth.app, 'session-validator:access').filter(({ path }) =>
      /^\/api\/v1\/sessions\/:/.test(path),
    );
    expect(named.map(({ method }) => method).sort()).toEqual(['DELETE', 'GET', 'GET', 'PATCH']);
    const bodies = [{ device_name: 'mine' }, { expires_at: '2020-01-01T00:00:00Z' }, {}];
    for (const { method, path } of named) {
      for (const body of method === 'PATCH' ? bodies : [undefined]) {
        const ask = (id: string) =>
          auth.ask(method, path.replace(':sessionId', id), { token: me.token, ...(body ? { body } : {}) });
        const [hers, nobodys] = [await ask(her.sessionId), await ask(NOBODYS)];
        expect(toldIn(hers)).toEqual(toldIn(nobodys));
        expect([method, hers.status, hers.body.error.code]).toEqual([method, 404, 'SESSION_NOT_FOUND']);
      }
    }
    const after = await auth.ask('GET', `${SESSIONS}/${her.sessionId}`, { token: her.token });
    expect(after.body.data.session.device).toEqual(before.body.data.session.device);
    expect(after.body.data.session.absolute_expires_at).toEqual(before.body.data.session.absolute_expires_at);
  });
});

describe('sessions that are remembered', () => {
  it('last as long as that is set to, and as long as others where others last longer', async () => {
    const { email, password } = await aPerson(auth);
    const answer = await auth.ask('POST', SIGN_IN, { body: { email, password, remember_me: true } });
    const { session, refresh_expires_in: lifeSeconds } = answer.body.data;
    expect(session).toMatchObject({ remember_me: true, idle_expires_at: session.absolute_expires_at });
    expect(Date.parse(session.absolute_expires_at) - Date.parse(session.created_at)).toBe(30 * DAY_MS);
    expect(lifeSeconds).toBeGreaterThan(29 * 86_400);

    const other = await startAuth({ REFRESH_TOKEN_EXPIRY: '60d', REMEMBER_ME_EXPIRY: '1d' });
    const somebody = await aPerson(other);
    const body = { email: somebody.email, password: somebody.password, remember_me: true };
    const kept = (await other.ask('POST', SIGN_IN, { body })).body.data.session;
    expect(Date.parse(kept.absolute_expires_at) - Date.parse(kept.created_at)).toBe(60 * DAY_MS);
    await other.close();
  });
});

describe('many sessions at once', () => {
  it('end under one receipt, which tells the same again, and everywhere before the answer', async () => {
    const person = await aPerson(auth);
    const held = [];
    for (let n = 0; n < 4; n++) held.push(await signIn(auth, person));
    const [me, ...others] = held as [(typeof held)[0], ...typeof held];
    const body = { ids: [others[0]!.sessionId, others[1]!.sessionId, NOBODYS, me.sessionId] };
    const headers = { 'idempotency-key': randomHex(8) };
    const answer = await auth.ask('POST', `${SESSIONS}/revoke`, { token: me.token, body, headers });
    expect(answer.status).toBe(200);
    expect(answer.body.data).toMatchObject({ terminated_count: 2, revocation_id: expect.any(String) });
    expect([...answer.body.data.session_ids].sort()).toEqual([others[0]!.sessionId, others[1]!.sessionId].sort());
    const again = await auth.ask('POST', `${SESSIONS}/revoke`, { token: me.token, body, headers });
    expect(again.body).toEqual(answer.body);
    const statuses = await Promise.all(held.map(({ token }) => auth.ask('GET', SESSIONS, { token })));
    expect(statuses.map(({ status }) => status)).toEqual([200, 401, 401, 200]);
    const receipt = await auth.ask('GET', `/api/v1/revocations/${answer.body.data.revocation_id}`, { token: me.token });
    expect([receipt.status, receipt.body.data.reason]).toEqual([200, 'user_revoked']);
  });

  it('leave the current one out unless told otherwise', async () => {
    const me = await signedIn(auth);
    const revoke = (body: object) => auth.ask('POST', `${SESSIONS}/revoke`, { token: me.token, body });
    const all = { before: new Date(Date.now() + 60_000).toISOString(), ip_cidr: '127.0.0.0/8', client_id: 'web' };
    expect((await revoke(all)).body.data).toEqual({ terminated_count: 0, session_ids: [], revocation_id: null });
    expect((await revoke({ ...all, include_current: true })).body.data.session_ids).toEqual([me.sessionId]);
    expect((await auth.ask('GET', SESSIONS, { token: me.token })).status).toBe(401);
  });

  it.each([
    {},
    { include_current: true },
    { ids: [] },
    { ids: ['x'] },
    { ids: NOBODYS },
    { ids: Array.from({ length: 201 }, () => NOBODYS) },
    { ip_cidr: '127.0.0.1/33' },
    { ip_cidr: ['127.0.0.1'] },
    { before: 'yesterday' },
    { before: '2026-01-15T10:30:00' },
    { device_id: '' },
    { client_id: 'a b' },
    { include_current: 'true', client_id: 'web' },
    { user_id: 7, client_id: 'web' },
  ])('do not end by %j', async (body) => {
    const { token } = await signedIn(auth);
    const answer = await auth.ask('POST', `${SESSIONS}/revoke`, { token, body });
    expect([400, 413]).toContain(answer.status);
    expect((await auth.ask('GET', SESSIONS, { token })).status).toBe(200);
  });
});

describe('sessions that are over', () => {
  it('are listed by how and when they ended, page by page, and nobody else’s', async () => {
    const person = await aPerson(auth);
    const past = [];
    for (let n = 0; n < 5; n++) past.push(await signIn(auth, person));
    // The sixth displaces the first; of the others three end at one moment.
    const me = await signIn(auth, person);
    await auth.ask('POST', '/api/v1/auth/signout', { token: past[1]!.token });
    await auth.ask('DELETE', SESSIONS, { token: me.token });
    await signedIn(auth);

    const page = (query: string) => auth.ask('GET', `${SESSIONS}?active=false${query}`, { token: me.token });
    await eventually(async () => expect((await page('')).body.data.count).toBe(5));
    const all = await page('');
    expect(all.body.data.next_cursor).toBeNull();
    expect([...idsIn(all)].sort()).toEqual(past.map(({ sessionId }) => sessionId).sort());
    const reasons = all.body.data.sessions.map(({ end_reason: reason }: { end_reason: string }) => reason);
    expect(reasons).toEqual(['revoked_others', 'revoked_others', 'revoked_others', 'user_signout', 'evicted_limit']);
    for (const session of all.body.data.sessions) {
      expect(session).toMatchObject({ is_active: false, is_current: false, user_id: person.user.id });
      expect(Date.parse(session.ended_at)).toBeGreaterThanOrEqual(Date.parse(session.created_at));
    }

    const paged: string[] = [];
    let cursor = '';
    for (let pages = 0; pages < 9; pages++) {
      const one = await page(`&limit=2${cursor}`);
      paged.push(...idsIn(one));
      if (one.body.data.next_cursor === null) break;
      cursor = `&cursor=${one.body.data.next_cursor}`;
    }
    expect(paged).toEqual(idsIn(all));
    const live = await auth.ask('GET', `${SESSIONS}?active=true`, { token: me.token });
    expect([idsIn(live), live.body.data.next_cursor]).toEqual([[me.sessionId], null]);
    expect(live.body.data.sessions[0]).not.toHaveProperty('ended_at');
  });

  it('show nothing of others by a cursor of theirs', async () => {
    const [me, her] = [await signedIn(auth), await signedIn(auth)];
    const cursor = Buffer.from(`${Date.now() + DAY_MS}.${her.sessionId}`).toString('base64url');
    await auth.ask('DELETE', `${SESSIONS}?include_current=true`, { token: her.token });
    const mine = await auth.ask('GET', `${SESSIONS}?active=false&cursor=${cursor}`, { token: me.token });
    expect([mine.status, mine.body.data.sessions]).toEqual([200, []]);
  });

  it.each([
    'active=no',
    'active=false&cursor=',
    'active=false&cursor=x',
    `active=false&cursor=${NOBODYS}`,
    'limit=0',
    'limit=201',
  ])('are not listed by %s', async (query) => {
    const { token } = await signedIn(auth);
    const { status, body } = await auth.ask('GET', `${SESSIONS}?${query}`, { token });
    expect([status, body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
  });
});

describe('a session that has ended', () => {
  it('opens no guarded route, and no refresh brings it back (B3)', async () => {
    const { token, refreshToken } = await signedIn(auth);
    expect((await auth.ask('POST', '/api/v1/auth/signout', { token })).status).toBe(200);
    const guarded = listRoutes(auth.app, 'session-validator:access').filter(({ access }) => access === 'guarded');
    expect(guarded.length).toBeGreaterThan(30);
    for (const { method, path } of guarded) {
      const answer = await auth.ask(method, path.replace(/:\w+/g, NOBODYS), { token });
      expect([path, answer.status, answer.body.error.code]).toEqual([path, 401, 'SESSION_REVOKED']);
    }
    const body = { refresh_token: refreshToken };
    const refresh = await auth.ask('POST', '/api/v1/auth/refresh', { body });
    expect([refresh.status, refresh.body.error.code]).toEqual([401, 'REFRESH_EXPIRED']);
  });

  it('is what the server says it is: nothing a client writes into its token counts (B9)', async () => {
    const [me, her] = [await signedIn(auth), await signedIn(auth)];
    const [header, payload, signature] = me.token.split('.') as [string, string, string];
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    const written = (given: object, head = header) =>
      [head, Buffer.from(JSON.stringify({ ...claims, ...given })).toString('base64url'), signature].join('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none', typ: 'at+jwt' })).toString('base64url');
    const forged = [
      written({ sub: String(her.user.id), sid: her.sessionId }),
      written({ roles: ['admin'] }),
      written({ exp: 4_000_000_000 }),
      written({}, none),
      `${none}.${payload}.`,
    ];
    for (const token of forged) {
      const { status, body } = await auth.ask('GET', SESSIONS, { token });
      expect([status, body.error.code]).toEqual([401, 'TOKEN_INVALID']);
    }
  });
});

describe('a hundred sign-ins at once, at two instances', () => {
  const POLICY = '/api/v1/admin/policies/session';
  const instances: RunningAuth[] = [];
  let admin: SignedInPerson;
  beforeAll(async () => {
    const secrets = generateSecrets();
    const env = {
      KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
      ROOT_SIGNING_KEY: secrets.rootSigningKey,
      REDIS_URL: await sharedRedisUrl(),
      DATABASE_URL: await freshMysqlDatabaseUrl(),
    };
    instances.push(...(await Promise.all([startAuth(env), startAuth(env)])));
    for (const one of instances) {
      await eventually(async () => expect((await one.ask('GET', '/ready')).body.status).toBe('ready'));
    }
    admin = await signedIn(instances[0]!, ['user', 'admin']);
  });
  afterAll(() => Promise.all(instances.map((one) => one.close())));

  /** Sets the policy while both run; to be asked for it, an instance looks. */
  async function setPolicy(at_limit: string): Promise<void> {
    const { policy, version } = (await instances[0]!.ask('GET', POLICY, { token: admin.token })).body.data;
    const body = { ...policy, max_sessions_per_user: 3, at_limit, version };
    expect((await instances[0]!.ask('PUT', POLICY, { token: admin.token, body })).status).toBe(200);
    const seen = await instances[1]!.ask('GET', POLICY, { token: admin.token });
    expect(seen.body.data.policy).toMatchObject({ max_sessions_per_user: 3, at_limit });
  }

  it.each(LIMIT_POLICIES)(
    'leave as many sessions as there may be, and never more, under "%s" (I5, B8)',
    async (policy) => {
      await setPolicy(policy);
      const { user, email, password } = await aPerson(instances[0]!);
      const attempt = (n: number, given = {}) =>
        instances[n % 2]!.ask('POST', SIGN_IN, { body: { email, password, ...given } });
      const sessions = instances[1]!.app.get(SessionStore);
      const liveIds = async () => (await sessions.list(user.id)).map(({ id }) => id);
      let most = 0;
      let isOver = false;
      const watching = (async () => {
        while (!isOver) {
          // In the rush an answer may be late; then there is nothing to see.
          most = Math.max(most, (await liveIds().catch(() => [])).length);
          await new Promise((resolve) => setTimeout(resolve, 2));
        }
      })();
      const answers = await Promise.all(Array.from({ length: 100 }, (_, n) => attempt(n)));
      isOver = true;
      await watching;
      expect(most).toBeLessThanOrEqual(3);

      // Overrun, the service may answer 503, or with an access token alone; the limit holds all the same.
      let live: string[] = [];
      await eventually(async () => {
        if ((await liveIds()).length < 3) answers.push(await attempt(0));
        expect((live = await liveIds())).toHaveLength(3);
      });
      expect(answers.filter(({ status }) => ![200, 409, 503].includes(status))).toEqual([]);
      const opened = answers.filter(({ status }) => status === 200);
      const using = await Promise.all(
        opened.map(({ body }) => instances[0]!.ask('GET', SESSIONS, { token: body.data.access_token })),
      );
      const inUse = opened.filter((_, n) => using[n]!.status === 200).map(({ headers }) => headers['x-session-id']);
      expect(inUse.filter((id) => !live.includes(id!))).toEqual([]);
      const refused = answers.filter(({ status }) => status === 409);
      if (policy === 'evict_oldest') return expect(refused).toEqual([]);

      let asked = refused.at(-1)!;
      await eventually(async () => expect((asked = await attempt(0)).status).toBe(409));
      const { code, details } = asked.body.error;
      expect([code, details.max_sessions]).toEqual(['SESSION_LIMIT', 3]);
      if (policy === 'deny') {
        expect(details.sessions).toBeUndefined();
        expect((await attempt(0, { session_choice: live[0] })).status).toBe(409);
        return expect(await liveIds()).toEqual(live);
      }

      // All choose the same one: it makes room for one of them, and that one only.
      expect(details.sessions.map(({ id }: { id: string }) => id)).toEqual(live);
      const choice = live[1]!;
      const repeats = await Promise.all(Array.from({ length: 30 }, (_, n) => attempt(n, { session_choice: choice })));
      expect(repeats.filter(({ body }) => body.data?.session).length).toBeLessThanOrEqual(1);
      const kept = await liveIds();
      expect(kept.slice(1)).toEqual([live[0], live[2]]);
      expect(live).not.toContain(kept[0]);
      const chosen = opened.find(({ headers }) => headers['x-session-id'] === choice)!.body.data;
      const over = await Promise.all(instances.map((one) => one.ask('GET', SESSIONS, { token: chosen.access_token })));
      expect(over.map(({ body }) => body.error?.code)).toEqual(['SESSION_REVOKED', 'SESSION_REVOKED']);
    },
  );
});
