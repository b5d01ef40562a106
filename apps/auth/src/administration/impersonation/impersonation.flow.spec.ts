import { DatabaseUnavailable } from '@gatehouse/failures';
import { randomHex, randomUuid, SystemClock } from '@gatehouse/kernel';
import { SessionValidator } from '@gatehouse/session-validator/nest';
import { eventually } from '@gatehouse/testing';
import { signedIn, type SignedInPerson, signIn } from '../../../test/administrators.js';
import { type RunningAuth, startAuth } from '../../../test/start-auth.js';
import { AuditLog } from '../../audit/audit-log.port.js';
import { GrantRights } from '../../roles/grant-rights.js';
import { EndImpersonations } from './end-impersonations.js';
import { ImpersonationLedger } from './impersonation-ledger.port.js';
import { NoteRunOut } from './note-run-out.js';

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());

describe('acting in a person’s place', () => {
  let auth: RunningAuth;
  let admin: SignedInPerson;
  beforeAll(async () => {
    auth = await startAuth();
    await auth.app.get(SessionValidator).ready();
    admin = await signedIn(auth, ['user', 'admin']);
  });
  afterAll(() => auth.close());

  const impersonate = (userId: number, by: SignedInPerson = admin) =>
    auth.ask('POST', `/api/v1/admin/users/${userId}/impersonate`, { token: by.token, body: { reason: 'Ticket 1' } });
  const me = (token: string) => auth.ask('GET', '/api/v1/sessions/current', { token });
  const signOut = (token: string) => auth.ask('POST', '/api/v1/auth/signout', { token });

  async function started(by: SignedInPerson = admin) {
    const person = await signedIn(auth);
    const { status, body } = await impersonate(person.user.id, by);
    expect(status).toBe(200);
    return { person, data: body.data, token: body.data.access_token as string };
  }

  it('gives tokens that are the person’s and say who acts, for at most half an hour', async () => {
    const { person, data, token } = await started();
    const claims = claimsOf(token);
    expect(claims).toMatchObject({ sub: String(person.user.id), act: { sub: String(admin.user.id) } });
    expect(Date.parse(data.expires_at) - Date.now()).toBeLessThanOrEqual(30 * 60_000);
    expect((await me(token)).status).toBe(200);
    const next = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: data.refresh_token } });
    expect(claimsOf(next.body.data.access_token)).toMatchObject({ act: claims.act, sid: claims.sid });
    const current = await me(next.body.data.access_token);
    expect(current.body.data.session.absolute_expires_at).toBe(data.expires_at);
  });

  it('shows among the sessions of the person, who can end it', async () => {
    const { person, data, token } = await started();
    const list = await auth.ask('GET', '/api/v1/sessions', { token: person.token });
    const found = list.body.data.sessions.find(({ id }: { id: string }) => id === data.session_id);
    expect(found.impersonated_by).toBe(admin.user.id);
    await auth.ask('DELETE', `/api/v1/sessions/${data.session_id}`, { token: person.token });
    expect((await me(token)).body.error.code).toBe('SESSION_REVOKED');
  });

  it('signs nobody out to make room', async () => {
    const person = await signedIn(auth);
    for (let more = 0; more < 4; more++) await signIn(auth, person);
    const { body } = await impersonate(person.user.id);
    expect((await me(person.token)).status).toBe(200);
    // Nor does it take room from then on: another sign-in ends one of theirs, as ever.
    await signIn(auth, person);
    expect((await me(person.token)).body.error.code).toBe('SESSION_REVOKED');
    const { sessions } = (await auth.ask('GET', '/api/v1/sessions', { token: (await signIn(auth, person)).token })).body
      .data;
    const own = sessions.filter(({ impersonated_by: by }: { impersonated_by: number | null }) => by === null);
    expect([own.length, sessions.length]).toEqual([5, 6]);
    expect((await me(body.data.access_token)).status).toBe(200);
  });

  it('ends with the administrator’s own session', async () => {
    const other = await signedIn(auth, ['user', 'admin']);
    const { token, data } = await started(other);
    await signOut(other.token);
    expect((await me(token)).body.error.code).toBe('SESSION_REVOKED');
    const next = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: data.refresh_token } });
    expect(next.status).toBe(401);
  });

  it.each([
    ['demoted', { roles: ['user'] }],
    ['disabled', { disabled: true }],
    ['asked for a new password', { demand_password_reset: true }],
  ])('ends when the administrator is %s', async (_how, change) => {
    const other = await signedIn(auth, ['user', 'admin']);
    const { token } = await started(other);
    const path = `/api/v1/admin/users/${other.user.id}`;
    await auth.ask('PATCH', path, { token: admin.token, body: change });
    expect((await me(token)).body.error.code).toBe('SESSION_REVOKED');
  });

  it('goes on when the administrator’s roles change and still allow it', async () => {
    const other = await signedIn(auth, ['user', 'admin']);
    const { token } = await started(other);
    const path = `/api/v1/admin/users/${other.user.id}`;
    await auth.ask('PATCH', path, { token: admin.token, body: { roles: ['user', 'admin', 'support'] } });
    expect((await me(token)).status).toBe(200);
  });

  it('has its end put down once, whether it was ended or ran out, and whoever notices (ASVS 16.3)', async () => {
    const record = jest.spyOn(auth.app.get(AuditLog), 'record');
    const endings = () =>
      record.mock.calls.map(([event]) => event).filter(({ kind }) => kind === 'impersonation.ended');
    const { data, token, person } = await started();
    await auth.ask('POST', '/api/v1/auth/impersonation/stop', { token });
    const about = { kind: 'impersonation.ended', userId: person.user.id, actorId: admin.user.id };
    await eventually(() =>
      expect(endings()).toEqual([{ ...about, sessionId: data.session_id, details: { how: 'revoked' } }]),
    );

    // One revocation may be delivered by several instances.
    const ledger = auth.app.get(ImpersonationLedger);
    const ended = await started();
    const rightsOf = async () => undefined;
    const instance = () => new EndImpersonations(ledger, rightsOf, auth.app.get(AuditLog), new SystemClock());
    const entry = { id: randomUuid(), scope: 'sid', value: ended.data.session_id as string, cutoff: 0 } as const;
    const row = { entry: { ...entry, untilMs: Date.now(), reason: 'admin' }, userId: ended.person.user.id } as const;
    await Promise.all(Array.from({ length: 5 }, () => instance().run([row])));
    expect(endings().slice(1)).toEqual([expect.objectContaining({ sessionId: entry.value })]);
    record.mockClear();

    const expiresAtMs = Date.now() - 60_000;
    const sessionId = randomHex(32);
    const facts = {
      userId: person.user.id,
      actorId: admin.user.id,
      actorSessionId: admin.sessionId,
      reason: 'Ticket 1',
    };
    await ledger.add({ sessionId, ...facts, startedAtMs: expiresAtMs - 1, expiresAtMs });
    const running = randomHex(32);
    await ledger.add({ sessionId: running, ...facts, startedAtMs: Date.now(), expiresAtMs: Date.now() + 60_000 });
    // Several instances at once, and the service's own look besides.
    await Promise.all(Array.from({ length: 5 }, () => auth.app.get(NoteRunOut).run()));
    await auth.app.get(NoteRunOut).run();
    const details = { how: 'ran_out', ended_at: new Date(expiresAtMs).toISOString() };
    expect(endings()).toEqual([{ ...about, sessionId, details }]);

    const another = randomHex(32);
    await ledger.add({ sessionId: another, ...facts, startedAtMs: expiresAtMs - 1, expiresAtMs });
    await eventually(() => expect(endings().at(-1)).toMatchObject({ sessionId: another }), { timeoutMs: 15_000 });
    expect(endings().map((event) => event.sessionId)).not.toContain(running);
    record.mockRestore();
  });

  it('stops when it is told to, and only what is one', async () => {
    const { token, person } = await started();
    const stop = (with_: string) => auth.ask('POST', '/api/v1/auth/impersonation/stop', { token: with_ });
    expect((await stop(token)).body.data.stopped).toBe(true);
    expect((await me(token)).status).toBe(401);
    expect((await stop(person.token)).body.error.code).toBe('NOT_IMPERSONATING');
    expect((await me(person.token)).status).toBe(200);
  });

  it('is not for oneself, for people with a part in administration, or for nobody', async () => {
    const support = await signedIn(auth, ['user', 'support']);
    expect((await impersonate(admin.user.id)).body.error.code).toBe('BEYOND_OWN_RIGHTS');
    expect((await impersonate(support.user.id)).body.error.code).toBe('BEYOND_OWN_RIGHTS');
    expect((await impersonate(999_999)).body.error.code).toBe('USER_NOT_FOUND');
  });

  it('leaves no session behind that nobody has a token of, nor the end of what never began', async () => {
    const person = await signedIn(auth);
    const away = new DatabaseUnavailable('away');
    jest.spyOn(auth.app.get(GrantRights), 'confirm').mockRejectedValueOnce(away);
    expect((await impersonate(person.user.id)).status).toBe(503);
    const { body } = await auth.ask('GET', '/api/v1/sessions', { token: person.token });
    expect(body.data.sessions.map(({ id }: { id: string }) => id)).toEqual([person.sessionId]);
    expect(await auth.app.get(ImpersonationLedger).runOut(Date.now() + 3_600_000, 100)).not.toContainEqual(
      expect.objectContaining({ userId: person.user.id }),
    );
    expect((await impersonate(person.user.id)).status).toBe(200);
  });

  it('does not begin when the person is given a part in administration at that very moment', async () => {
    const person = await signedIn(auth);
    const grant = auth.app.get(GrantRights);
    const confirm = grant.confirm.bind(grant);
    const path = `/api/v1/admin/users/${person.user.id}`;
    jest.spyOn(grant, 'confirm').mockImplementationOnce(async (session) => {
      await auth.ask('PATCH', path, { token: admin.token, body: { roles: ['user', 'support'] } });
      return confirm(session);
    });
    const { body } = await impersonate(person.user.id);
    expect(body.error?.code).toBe('BEYOND_OWN_RIGHTS');
    const { sessions } = (await auth.ask('GET', `${path}/sessions`, { token: admin.token })).body.data;
    expect(sessions.filter(({ impersonated_by: by }: { impersonated_by: number | null }) => by !== null)).toEqual([]);
  });

  it('reaches nothing that is the person’s own', async () => {
    const { token, person } = await started();
    const attempts: readonly (readonly [string, string, object?])[] = [
      ['POST', '/api/v1/auth/step-up', { password: person.password }],
      ['POST', '/api/v1/auth/password/change', { current: person.password, new: 'another long phrase' }],
      ['DELETE', '/api/v1/auth/account'],
      ['POST', '/api/v1/auth/account/export'],
      ['PATCH', '/api/v1/auth/me', { name: 'Mallory' }],
      ['DELETE', '/api/v1/sessions'],
      ['DELETE', `/api/v1/sessions/${person.sessionId}`],
      ['POST', `/api/v1/admin/users/${person.user.id}/impersonate`, { reason: 'once more' }],
    ];
    for (const [method, path, body] of attempts) {
      const answer = await auth.ask(method, path, { token, ...(body ? { body } : {}) });
      // Not 404: each of these must be there for this to say anything.
      expect([path, answer.body.error.code]).toEqual([path, 'FORBIDDEN']);
    }
    expect((await me(person.token)).status).toBe(200);
  });
});
