import { SessionValidator } from '@gatehouse/session-validator/nest';
import { eventually } from '@gatehouse/testing';
import {
  ACCOUNTS,
  aService,
  INTROSPECT,
  type KnownService,
  REVOKE,
  sendForm,
  type SignedIn,
  signIn,
  tokenOf,
} from '../../../test/oauth-world.js';
import { type RunningAuth, startAuth } from '../../../test/start-auth.js';

const INACTIVE = '{"active":false}';

let auth: RunningAuth;
let admin: SignedIn;
/** May ask about access tokens; about refresh tokens too; about nothing. */
let resource: KnownService;
let gateway: KnownService;
let stranger: KnownService;

beforeAll(async () => {
  auth = await startAuth({ INTROSPECTION_CACHE: '7' });
  admin = await signIn(auth, ['user', 'admin']);
  resource = await aService(auth, admin, { scopes: ['tokens:introspect'] });
  gateway = await aService(auth, admin, {
    scopes: ['tokens:introspect', 'tokens:introspect-refresh', 'tokens:revoke'],
  });
  stranger = await aService(auth, admin);
});
afterAll(() => auth.close());

const ask = (token: string, as: KnownService | undefined = resource, more = {}) =>
  sendForm(auth, INTROSPECT, { token, ...more }, { as });

describe('introspection (RFC 7662)', () => {
  it('tells of a person’s access token what it says, and no personal data', async () => {
    const person = await signIn(auth);
    const answer = await ask(person.accessToken);
    expect([answer.status, answer.headers['cache-control']]).toEqual([200, 'private, max-age=7']);
    expect(answer.body).toMatchObject({
      active: true,
      token_type: 'Bearer',
      iss: 'http://auth.test',
      aud: 'gatehouse',
      sub: String(person.userId),
      sid: person.sessionId,
      client_id: 'web',
      roles: expect.any(Array),
    });
    expect(answer.text).not.toMatch(/example\.test|email|user_agent/);
  });

  it('tells of a service’s token, one for another audience included', async () => {
    const caller = await aService(auth, admin, { audiences: ['https://billing.test'] });
    const answer = await ask(await tokenOf(auth, caller));
    expect(answer.body).toMatchObject({ active: true, aud: 'https://billing.test', sub: caller.clientId });
    await auth.ask('PATCH', `${ACCOUNTS}/${caller.clientId}`, { token: admin.accessToken, body: { end_tokens: true } });
    // One made right after the end is good, the one from before is not.
    const fresh = await tokenOf(auth, caller);
    expect((await ask(fresh)).body.active).toBe(true);
    await sendForm(auth, REVOKE, { token: fresh }, { as: caller });
    await eventually(async () => expect((await ask(fresh)).text).toBe(INACTIVE));
  });

  it('says of everything else one and the same thing (R5)', async () => {
    const person = await signIn(auth);
    const [ended, exchanged] = [await signIn(auth), await signIn(auth)];
    await auth.ask('POST', '/api/v1/auth/signout', { token: ended.accessToken });
    await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: exchanged.refreshToken } });
    const revoked = await tokenOf(auth, stranger);
    await auth.ask('PATCH', `${ACCOUNTS}/${stranger.clientId}`, { token: admin.accessToken, body: { roles: [] } });
    await eventually(() =>
      expect(auth.app.get(SessionValidator).check(revoked, { serviceAccounts: true })).toMatchObject({ ok: false }),
    );
    const [head = '', payload = ''] = person.accessToken.split('.');
    const forged = `${head}.${payload}.${'A'.repeat(86)}`;
    const tokens = {
      'no token': 'x',
      'a made-up one': 'a.b.c',
      forged,
      'in another spelling': `${person.accessToken}=`,
      'of an ended session': ended.accessToken,
      'of a service whose rights changed': revoked,
      'a refresh token, to one who may not ask': person.refreshToken,
      'a refresh token of an ended session': ended.refreshToken,
      'a spent refresh token': exchanged.refreshToken,
      'a made-up refresh token': `${person.sessionId}.${'A'.repeat(43)}`,
      'another refresh token’s session': `${ended.sessionId}${person.refreshToken.slice(64)}`,
      'of a megabyte': 'a'.repeat(12_000),
    };
    for (const [what, token] of Object.entries(tokens)) {
      const as = what === 'a refresh token, to one who may not ask' ? resource : gateway;
      const answer = await ask(token, as);
      expect([what, answer.status, answer.text, answer.headers['cache-control']]).toEqual([
        what,
        200,
        INACTIVE,
        'no-store',
      ]);
    }
    // By contrast.
    expect((await ask(person.accessToken)).body.active).toBe(true);
    expect((await ask(person.refreshToken, gateway)).body.active).toBe(true);
  });

  it('tells of a refresh token whether it would be traded, without spending it', async () => {
    const person = await signIn(auth);
    const { body } = await ask(person.refreshToken, gateway, { token_type_hint: 'access_token' });
    expect(body).toMatchObject({
      active: true,
      token_type: 'refresh_token',
      sub: String(person.userId),
      sid: person.sessionId,
      client_id: 'web',
    });
    expect(body.exp - Date.now() / 1000).toBeGreaterThan(86_000);
    const traded = await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: person.refreshToken } });
    expect(traded.status).toBe(200);
    expect((await ask(person.refreshToken, gateway)).text).toBe(INACTIVE);
    expect((await ask(traded.body.data.refresh_token as string, gateway)).body.active).toBe(true);
  });

  it('is for services that may: nobody learns of a token by asking', async () => {
    const person = await signIn(auth);
    const nobody = await sendForm(auth, INTROSPECT, { token: person.accessToken });
    expect([nobody.status, nobody.body.error]).toEqual([401, 'invalid_client']);
    const withToken = await sendForm(
      auth,
      INTROSPECT,
      { token: person.accessToken },
      { headers: { authorization: `Bearer ${admin.accessToken}` } },
    );
    expect([withToken.status, withToken.body.error]).toEqual([401, 'invalid_client']);
    const denied = await ask(person.accessToken, stranger);
    expect([denied.status, denied.body.error]).toEqual([403, 'access_denied']);
    const empty = await sendForm(auth, INTROSPECT, { token: '' }, { as: resource });
    expect([empty.status, empty.body.error]).toEqual([400, 'invalid_request']);
  });

  it('may be kept no longer than the token lives', async () => {
    const shortLived = await startAuth({ SERVICE_TOKEN_EXPIRY: '3', INTROSPECTION_CACHE: '60' });
    const boss = await signIn(shortLived, ['admin']);
    const service = await aService(shortLived, boss, { scopes: ['tokens:introspect'] });
    const token = await tokenOf(shortLived, service);
    const answer = await sendForm(shortLived, INTROSPECT, { token }, { as: service });
    const [, maxAge] = /^private, max-age=(\d+)$/.exec(answer.headers['cache-control'] ?? '') ?? [];
    expect(Number(maxAge)).toBeLessThanOrEqual(3);
    await shortLived.close();
  });
});
