import { SessionValidator } from '@gatehouse/session-validator/nest';
import { eventually } from '@gatehouse/testing';
import {
  aService,
  claimsOf,
  entriesOf,
  type KnownService,
  REVOKE,
  sendForm,
  type SignedIn,
  signIn,
  tokenOf,
} from '../../../test/oauth-world.js';
import { type RunningAuth, startAuth } from '../../../test/start-auth.js';

let auth: RunningAuth;
let admin: SignedIn;
let service: KnownService;

beforeAll(async () => {
  auth = await startAuth();
  admin = await signIn(auth, ['user', 'admin']);
  service = await aService(auth, admin);
});
afterAll(() => auth.close());

const revoke = (token: string, who: { as?: KnownService; client_id?: string }) =>
  sendForm(
    auth,
    REVOKE,
    { token, ...(who.client_id === undefined ? {} : { client_id: who.client_id }) },
    { as: who.as },
  );
const reasonOf = (token: string) => {
  const verdict = auth.app.get(SessionValidator).check(token, { serviceAccounts: true });
  return verdict.ok ? 'OK' : verdict.reason;
};
const refreshed = async (refreshToken: string) =>
  (await auth.ask('POST', '/api/v1/auth/refresh', { body: { refresh_token: refreshToken } })).status;
describe('revocation (RFC 7009)', () => {
  it('of a refresh token ends its session with all its tokens, by one entry (R4)', async () => {
    const person = await signIn(auth);
    const answer = await revoke(person.refreshToken, { client_id: 'web' });
    expect([answer.status, answer.text, answer.headers['cache-control']]).toEqual([200, '', 'no-store']);
    await eventually(() => expect(reasonOf(person.accessToken)).toBe('SESSION_REVOKED'));
    expect(await refreshed(person.refreshToken)).toBe(401);
    expect(await entriesOf(auth, person.sessionId)).toEqual(['sid']);
    expect((await revoke(person.refreshToken, { client_id: 'web' })).status).toBe(200);
  });

  it('of a person’s access token ends that token alone', async () => {
    const person = await signIn(auth);
    expect((await revoke(person.accessToken, { client_id: 'web' })).status).toBe(200);
    await eventually(() => expect(reasonOf(person.accessToken)).toBe('TOKEN_REVOKED'));
    expect(await entriesOf(auth, String(claimsOf(person.accessToken)['jti']))).toEqual(['jti']);
    expect(await refreshed(person.refreshToken)).toBe(200);
  });

  it('of a service’s token is the service’s own affair', async () => {
    const [token, kept] = [await tokenOf(auth, service), await tokenOf(auth, service)];
    expect((await revoke(token, { as: service })).text).toBe('');
    await eventually(() => expect(reasonOf(token)).toBe('TOKEN_REVOKED'));
    expect(reasonOf(kept)).toBe('OK');
  });

  it('changes nothing for anything else, and says so to nobody', async () => {
    const [person, other] = [await signIn(auth), await signIn(auth)];
    const servicesToken = await tokenOf(auth, service);
    const another = await aService(auth, admin);
    const harmless: [string, string, { as?: KnownService; client_id?: string }][] = [
      ['no token', 'x', { client_id: 'web' }],
      ['forged', `${person.accessToken.slice(0, -86)}${'A'.repeat(86)}`, { client_id: 'web' }],
      ['made up from a session id', `${person.sessionId}.${'A'.repeat(43)}`, { client_id: 'web' }],
      ['another’s session id', `${person.sessionId}${other.refreshToken.slice(64)}`, { client_id: 'web' }],
      ['a refresh token of another client', person.refreshToken, { client_id: 'mobile' }],
      ['an access token of another client', person.accessToken, { client_id: 'mobile' }],
      ['a person’s refresh token, by a service', person.refreshToken, { as: service }],
      ['a person’s access token, by a service', person.accessToken, { as: service }],
      ['another service’s token', servicesToken, { as: another }],
      ['another service’s token, by a public client', servicesToken, { client_id: 'web' }],
    ];
    for (const [what, token, who] of harmless) {
      const answer = await revoke(token, who);
      expect([what, answer.status, answer.text]).toEqual([what, 200, '']);
    }
    expect([reasonOf(person.accessToken), reasonOf(servicesToken)]).toEqual(['OK', 'OK']);
    expect(await refreshed(person.refreshToken)).toBe(200);
  });

  it('of anybody’s token takes a service that may', async () => {
    const person = await signIn(auth);
    const warden = await aService(auth, admin, { scopes: ['tokens:revoke'] });
    expect((await revoke(person.refreshToken, { as: warden })).status).toBe(200);
    await eventually(() => expect(reasonOf(person.accessToken)).toBe('SESSION_REVOKED'));
  });

  it('asks who is asking', async () => {
    const person = await signIn(auth);
    const { clientId } = service;
    for (const who of [{}, { client_id: clientId }, { as: { clientId, secret: 'wrong' } }]) {
      const answer = await revoke(person.refreshToken, who);
      expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
    }
    expect(reasonOf(person.accessToken)).toBe('OK');
  });
});
