import { SessionStore } from '@gatehouse/session-store';
import { aPerson, signedIn, signIn } from '../../test/administrators.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';

const claimsOf = (token: string) => JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString());

describe('proving again who you are', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startAuth();
  });
  afterAll(() => auth.close());

  const stepUp = (token: string, password: unknown) =>
    auth.ask('POST', '/api/v1/auth/step-up', { token, body: { password } });

  it('gives the same session a later sign-in, in the next token and after a refresh', async () => {
    const person = await signedIn(auth);
    const before = claimsOf(person.token);
    await new Promise((resolve) => setTimeout(resolve, 1_100));
    const { status, body } = await stepUp(person.token, person.password);
    expect(status).toBe(200);
    const after = claimsOf(body.data.access_token);
    expect(after).toMatchObject({ sid: before.sid, sub: before.sub, gen: before.gen });
    expect(after.auth_time).toBeGreaterThan(before.auth_time);
    const refreshed = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: person.refreshToken } });
    expect(claimsOf(refreshed.body.data.access_token).auth_time).toBe(after.auth_time);
  });

  it('changes nothing for a wrong password', async () => {
    const person = await signedIn(auth);
    expect((await stepUp(person.token, 'wrong')).body.error.code).toBe('INVALID_CREDENTIALS');
    expect((await stepUp(person.token, undefined)).body.error.code).toBe('VALIDATION_ERROR');
    expect((await stepUp(person.token, { $ne: '' })).body.error.code).toBe('VALIDATION_ERROR');
  });

  it('is counted like a sign-in: guessing with a stolen token comes to an end', async () => {
    const limited = await startAuth({ RATE_LIMIT_ENABLED: 'true', RATE_LIMIT_SIGNIN_PER_MINUTE: '5' });
    const person = await signIn(limited, await aPerson(limited));
    const codes: string[] = [];
    for (let guess = 0; guess < 8; guess++) {
      const body = { password: `guess ${guess}` };
      const answer = await limited.ask('POST', '/api/v1/auth/step-up', { token: person.token, body });
      codes.push(answer.body.error.code);
    }
    expect(codes).toContain('RATE_LIMITED');
    await limited.close();
  });

  it('tells in the standard way that it is needed (RFC 9470)', async () => {
    const admin = await signedIn(auth, ['user', 'admin']);
    const old = { authenticatedAtMs: Date.now() - 3_600_000 };
    await auth.app.get(SessionStore).amend(admin.user.id, admin.sessionId, old);
    const stale = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: admin.refreshToken } });
    const token = stale.body.data.access_token;
    const write = () => auth.ask('POST', '/api/v1/admin/roles', { token, body: { name: 'x', permissions: [] } });
    const refused = await write();
    expect(refused.body.error.code).toBe('STEP_UP_REQUIRED');
    expect(refused.headers['www-authenticate']).toMatch(/error="insufficient_user_authentication".*max_age="900"/);
    const fresh = (await stepUp(token, admin.password)).body.data.access_token;
    const body = { name: 'stepped', permissions: [] };
    expect((await auth.ask('POST', '/api/v1/admin/roles', { token: fresh, body })).status).toBe(201);
  });
});
