import { SystemClock } from '@gatehouse/kernel';
import { SessionStore } from '@gatehouse/session-store';
import { eventually, freshMysqlDatabaseUrl, sharedRedisUrl } from '@gatehouse/testing';
import { aPerson, signedIn, signIn, type SignedInPerson } from '../../test/administrators.js';
import { startReadyAuth } from '../../test/mailbox.js';
import type { RunningAuth } from '../../test/start-auth.js';
import { AuditTrail } from '../audit/audit-trail.port.js';
import { generateSecrets } from '../config/embedded-secrets.js';

const PATH = '/api/v1/auth/me/session-policy';
const DAY_SECONDS = 86_400;
const NOTHING = { max_sessions: null, idle_seconds: null, absolute_seconds: null };

interface Life {
  readonly created_at: string;
  readonly last_access: string;
  readonly idle_expires_at: string;
  readonly absolute_expires_at: string;
}

const idleSecondsOf = (session: Life) => (Date.parse(session.idle_expires_at) - Date.parse(session.last_access)) / 1000;
const absoluteSecondsOf = (session: Life) =>
  (Date.parse(session.absolute_expires_at) - Date.parse(session.created_at)) / 1000;

const read = (auth: RunningAuth, token: string) => auth.ask('GET', PATH, { token });
const choose = (auth: RunningAuth, token: string, body: unknown) => auth.ask('PATCH', PATH, { token, body });
const sessionsOf = async (auth: RunningAuth, token: string) =>
  (await auth.ask('GET', '/api/v1/sessions', { token })).body.data.sessions as (Life & { id: string })[];
const currentOf = async (auth: RunningAuth, token: string) =>
  (await auth.ask('GET', '/api/v1/sessions/current', { token })).body.data.session as Life;

describe('limits of one’s own, at two instances on Redis and MySQL', () => {
  let first: RunningAuth;
  let second: RunningAuth;
  let admin: SignedInPerson;
  beforeAll(async () => {
    const secrets = generateSecrets();
    const env = {
      KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey,
      ROOT_SIGNING_KEY: secrets.rootSigningKey,
      REDIS_URL: await sharedRedisUrl(),
      DATABASE_URL: await freshMysqlDatabaseUrl(),
    };
    [first, second] = await Promise.all([startReadyAuth(env), startReadyAuth(env)]);
    admin = await signedIn(first, ['user', 'admin']);
  });
  afterAll(() => Promise.all([first.close(), second.close()]));

  it('are shown with what can be chosen, and hold at every instance from the next sign-in', async () => {
    const person = await signedIn(first);
    expect((await read(first, person.token)).body.data).toEqual({
      choice: NOTHING,
      bounds: {
        max_sessions: { min: 1, max: 5 },
        idle_seconds: { min: 900, max: DAY_SECONDS },
        absolute_seconds: { min: 3_600, max: 7 * DAY_SECONDS },
      },
      in_force: {
        max_sessions: 5,
        idle_seconds: DAY_SECONDS,
        absolute_seconds: 7 * DAY_SECONDS,
        remember_me_seconds: 30 * DAY_SECONDS,
      },
    });
    const chosen = { max_sessions: 2, idle_seconds: 3_600, absolute_seconds: DAY_SECONDS };
    const answer = await choose(first, person.token, chosen);
    expect([answer.status, answer.body.data]).toEqual([
      200,
      {
        choice: chosen,
        bounds: expect.any(Object) as object,
        in_force: { ...chosen, remember_me_seconds: DAY_SECONDS },
        terminated_count: 0,
        revocation_id: null,
      },
    ]);
    await signIn(second, person);
    const { token } = await signIn(second, person);
    const live = await sessionsOf(second, token);
    expect(live.map((session) => [idleSecondsOf(session), absoluteSecondsOf(session)])).toEqual([
      [3_600, DAY_SECONDS],
      [3_600, DAY_SECONDS],
    ]);
    expect((await read(second, person.token)).body.error.code).toBe('SESSION_REVOKED');
  });

  it('count for a session that is remembered: it has then an idle limit, too', async () => {
    const person = await signedIn(first);
    await choose(first, person.token, { idle_seconds: 7_200, absolute_seconds: 2 * DAY_SECONDS });
    const { email, password } = person;
    const body = { email, password, remember_me: true };
    const { session } = (await second.ask('POST', '/api/v1/auth/signin', { body })).body.data;
    expect([idleSecondsOf(session), absoluteSecondsOf(session)]).toEqual([7_200, 2 * DAY_SECONDS]);
  });

  it('bind sessions that are open, through every refresh, and lengthen none when they are taken back', async () => {
    const person = await signedIn(first);
    await choose(second, person.token, { idle_seconds: 3_600, absolute_seconds: DAY_SECONDS });
    const refresh = async (refreshToken: string) =>
      (await first.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: refreshToken } })).body.data;
    const narrowed = await refresh(person.refreshToken);
    expect(narrowed.refresh_expires_in).toBeLessThanOrEqual(DAY_SECONDS);
    const limits = [3_600, DAY_SECONDS];
    const session = await currentOf(first, narrowed.access_token);
    expect([idleSecondsOf(session), absoluteSecondsOf(session)]).toEqual(limits);

    const back = await choose(first, narrowed.access_token, { idle_seconds: null, absolute_seconds: null });
    expect(back.body.data).toMatchObject({ choice: NOTHING, in_force: { idle_seconds: DAY_SECONDS } });
    const later = await refresh(narrowed.refresh_token);
    const same = await currentOf(second, later.access_token);
    expect([idleSecondsOf(same), absoluteSecondsOf(same)]).toEqual(limits);
    const beyond = new Date(Date.parse(session.created_at) + 2 * DAY_SECONDS * 1000).toISOString();
    const { sessionId } = person;
    const extend = () =>
      first.ask('PATCH', `/api/v1/sessions/${sessionId}`, {
        token: later.access_token,
        body: { expires_at: beyond },
      });
    // Nothing stands against it any more, if its owner asks; while they had it so, it did.
    expect((await extend()).status).toBe(200);
    await choose(first, later.access_token, { absolute_seconds: DAY_SECONDS });
    expect((await extend()).body.error.code).toBe('EXPIRY_OUT_OF_RANGE');
  });

  it('give way to an administrator who narrows later, and hold again when the service allows more', async () => {
    const policyPath = '/api/v1/admin/policies/session';
    const set = async (change: object) => {
      const { policy, version } = (await first.ask('GET', policyPath, { token: admin.token })).body.data;
      const { status } = await first.ask('PUT', policyPath, {
        token: admin.token,
        body: { ...policy, ...change, version },
      });
      expect(status).toBe(200);
    };
    const before = (await first.ask('GET', policyPath, { token: admin.token })).body.data.policy;
    const person = await signedIn(first);
    const chosen = { max_sessions: 3, idle_seconds: 7_200, absolute_seconds: DAY_SECONDS };
    await choose(first, person.token, chosen);
    const inForce = async () => (await read(first, person.token)).body.data;
    try {
      await set({ max_sessions_per_user: 2, idle_seconds: 1_800, absolute_seconds: 43_200 });
      const narrower = { max_sessions: 2, idle_seconds: 1_800, absolute_seconds: 43_200 };
      expect(await inForce()).toMatchObject({ choice: chosen, in_force: narrower });
      const { token } = await signIn(first, person);
      const session = await currentOf(first, token);
      expect([idleSecondsOf(session), absoluteSecondsOf(session)]).toEqual([1_800, 43_200]);
      const wider = await choose(first, token, { idle_seconds: 1_801 });
      expect([wider.status, wider.body.error.details]).toEqual([400, [{ field: 'idle_seconds', rule: 'max' }]]);
      await set({ max_sessions_per_user: 10, idle_seconds: 5 * DAY_SECONDS, absolute_seconds: 20 * DAY_SECONDS });
      expect(await inForce()).toMatchObject({ choice: chosen, in_force: chosen });
      const again = await currentOf(first, (await signIn(first, person)).token);
      expect([idleSecondsOf(again), absoluteSecondsOf(again)]).toEqual([7_200, DAY_SECONDS]);
    } finally {
      await set(before as object);
    }
  });

  it('are refused where they are no limits, each field by name, and nothing changes', async () => {
    const { token } = await signedIn(first);
    await choose(first, token, { max_sessions: 4 });
    const wrong: [object, string, string][] = [
      [{ max_sessions: 0 }, 'max_sessions', 'min'],
      [{ max_sessions: 6 }, 'max_sessions', 'max'],
      [{ max_sessions: 1e9 }, 'max_sessions', 'max'],
      [{ max_sessions: 1.5 }, 'max_sessions', 'isInt'],
      [{ max_sessions: '2' }, 'max_sessions', 'isInt'],
      [{ max_sessions: true }, 'max_sessions', 'isInt'],
      [{ max_sessions: [2] }, 'max_sessions', 'isInt'],
      [{ idle_seconds: 899 }, 'idle_seconds', 'min'],
      [{ idle_seconds: -900 }, 'idle_seconds', 'min'],
      [{ idle_seconds: DAY_SECONDS + 1 }, 'idle_seconds', 'max'],
      [{ absolute_seconds: 3_599 }, 'absolute_seconds', 'min'],
      [{ absolute_seconds: 7 * DAY_SECONDS + 1, idle_seconds: 1_000 }, 'absolute_seconds', 'max'],
      [{ absolute_seconds: { $gt: 1 } }, 'absolute_seconds', 'isInt'],
      [{ at_limit: 'deny' }, 'at_limit', 'whitelistValidation'],
      [{ max_sessions: 2, user_id: 1 }, 'user_id', 'whitelistValidation'],
    ];
    for (const [body, field, rule] of wrong) {
      const answer = await choose(first, token, body);
      expect([body, answer.status, answer.body.error?.code]).toEqual([body, 400, 'VALIDATION_ERROR']);
      expect([body, answer.body.error.details]).toEqual([body, expect.arrayContaining([{ field, rule }])]);
    }
    expect((await choose(first, token, {})).body.data.choice).toEqual({ ...NOTHING, max_sessions: 4 });
  });

  it('are one’s own: no administrator who acts in the person’s place sees or changes them', async () => {
    const person = await signedIn(first);
    const impersonated = await first.ask('POST', `/api/v1/admin/users/${person.user.id}/impersonate`, {
      token: admin.token,
      body: { reason: 'Ticket 1' },
    });
    const token = impersonated.body.data.access_token as string;
    for (const answer of [await read(first, token), await choose(first, token, { max_sessions: 1 })]) {
      expect([answer.status, answer.body.error.code]).toEqual([403, 'FORBIDDEN']);
    }
    // Nor do they end the administrator's session, which has limits of its own.
    await choose(first, person.token, { absolute_seconds: 3_600, max_sessions: 1 });
    await signIn(first, person);
    expect((await first.ask('GET', '/api/v1/sessions/current', { token })).status).toBe(200);
  });

  it('are changed by somebody who has just proven who they are, and shown to whoever has the token', async () => {
    const { user, sessionId, refreshToken } = await signedIn(first);
    const old = { authenticatedAtMs: Date.now() - 901_000 };
    await first.app.get(SessionStore).amend(user.id, sessionId, old);
    const { body } = await first.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: refreshToken } });
    const token = body.data.access_token as string;
    const refused = await choose(first, token, { max_sessions: null });
    expect([refused.status, refused.body.error.code]).toEqual([403, 'STEP_UP_REQUIRED']);
    expect((await read(first, token)).status).toBe(200);
  });

  it('are in the audit log before the answer, in the export, and gone with the account', async () => {
    const person = await signedIn(first);
    const answer = await choose(first, person.token, { max_sessions: 2, idle_seconds: null });
    const page = await first.app.get(AuditTrail).page({ kinds: ['session_policy.changed'], limit: 50 });
    const entry = page.entries.find(({ requestId }) => requestId === answer.headers['x-request-id']);
    expect(entry).toMatchObject({ userId: person.user.id, details: { max_sessions: 2, idle_seconds: 'none' } });

    const { token } = person;
    const ordered = await first.ask('POST', '/api/v1/auth/account/export', { token });
    const fetched = await first.ask('GET', `/api/v1/auth/account/export/${ordered.body.data.export_id}`, { token });
    expect(fetched.body.data.session_policy).toEqual({ ...NOTHING, max_sessions: 2 });

    const erased = await first.ask('DELETE', `/api/v1/admin/users/${person.user.id}`, { token: admin.token });
    expect(erased.status).toBeLessThan(300);
    await eventually(async () => expect((await read(first, token)).status).toBe(401));
  });
});

/** The system's time, moved. */
class ShiftedClock extends SystemClock {
  offsetMs = 0;
  override nowMs(): number {
    return super.nowMs() + this.offsetMs;
  }
}

describe('limits of one’s own, on embedded defaults', () => {
  it('end what is over by them at once, tokens included, and say how much that was', async () => {
    const clock = new ShiftedClock();
    const auth = await startReadyAuth({}, { clock });
    const person = await aPerson(auth);
    clock.offsetMs = -7_200_000;
    const opened = await signIn(auth, person);
    clock.offsetMs = 0;
    const refresh = (refreshToken: string) =>
      auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: refreshToken } });
    const old = (await refresh(opened.refreshToken)).body.data;
    const { token, sessionId } = await signIn(auth, person);
    expect((await read(auth, old.access_token)).status).toBe(200);

    const answer = await choose(auth, token, { absolute_seconds: 3_600 });
    expect(answer.body.data).toMatchObject({ terminated_count: 1, revocation_id: expect.any(String) as string });
    expect((await read(auth, old.access_token)).body.error.code).toBe('SESSION_REVOKED');
    expect((await refresh(old.refresh_token)).body.error.code).toBe('REFRESH_EXPIRED');
    const live = await sessionsOf(auth, token);
    expect(live.map((session) => [session.id, absoluteSecondsOf(session)])).toEqual([[sessionId, 3_600]]);
    const receipt = await auth.ask('GET', `/api/v1/revocations/${answer.body.data.revocation_id}`, { token });
    expect([receipt.status, receipt.body.data.reason]).toEqual([200, 'user_revoked']);
    await auth.close();
  });
});
