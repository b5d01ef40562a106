import { SessionValidator } from '@gatehouse/session-validator/nest';
import { eventually } from '@gatehouse/testing';
import { aServiceKey } from '../../test/client-proof.js';
import {
  ACCOUNTS,
  aService,
  claimsOf,
  entriesOf,
  type KnownService,
  sendForm,
  type SignedIn,
  signIn,
  TOKEN,
  tokenOf,
} from '../../test/oauth-world.js';
import { type Ask, type RunningAuth, startAuth } from '../../test/start-auth.js';
import { AuditLog } from '../audit/audit-log.port.js';
import { AuditTrail } from '../audit/audit-trail.port.js';
import { ServiceAccountRepository } from './service-account-repository.port.js';

interface Page {
  readonly service_accounts: readonly { readonly client_id: string }[];
  readonly next_cursor: string | null;
}

let auth: RunningAuth;
let admin: SignedIn;
beforeAll(async () => {
  auth = await startAuth();
  admin = await signIn(auth, ['user', 'admin']);
});
afterAll(() => auth.close());

const asAdmin = (method: string, path = '', ask: Ask = {}) =>
  auth.ask(method, `${ACCOUNTS}${path}`, { token: admin.accessToken, ...ask });
const grants = async (as: KnownService) =>
  (await sendForm(auth, TOKEN, { grant_type: 'client_credentials' }, { as })).status;
const reasonOf = (token: string) => {
  const verdict = auth.app.get(SessionValidator).check(token, { serviceAccounts: true });
  return verdict.ok ? 'OK' : verdict.reason;
};

describe('service accounts', () => {
  it('are made, shown and listed; their secret is shown once', async () => {
    const body = { name: 'Reports', roles: ['reporter'], scopes: ['a'], audiences: ['gatehouse'] };
    const made = await asAdmin('POST', '', { body });
    expect(made.status).toBe(201);
    const { service_account: account, client_secret: secret } = made.body.data;
    expect(account).toMatchObject({ ...body, disabled: false, disabled_at: null, jwks: { keys: [] } });
    expect(account.client_id).toMatch(/^svc_[0-9a-f]{24}$/);
    expect(secret).toMatch(/^gatehouse_secret_[A-Za-z0-9_-]{43}$/);
    const shown = await asAdmin('GET', `/${account.client_id}`);
    expect(shown.body.data.service_account).toEqual(account);
    const listed = await asAdmin('GET', '?limit=100');
    expect(listed.body.data.service_accounts).toContainEqual(account);
    for (const { text } of [shown, listed]) {
      expect(text).not.toContain(secret);
      expect(text).not.toContain('hash');
    }
    expect(auth.log()).not.toContain(secret);
  });

  it('are listed in pages', async () => {
    for (let i = 0; i < 3; i++) await aService(auth, admin);
    const ids: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const { data }: { data: Page } = (await asAdmin('GET', `?limit=2&cursor=${cursor}`)).body;
      ids.push(...data.service_accounts.map(({ client_id: id }) => id));
      cursor = data.next_cursor;
    }
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThanOrEqual(3);
  });

  it('keep hashes of their secrets alone', async () => {
    const { clientId, secret } = await aService(auth, admin);
    const kept = await auth.app.get(ServiceAccountRepository).find(clientId);
    expect(JSON.stringify(kept)).not.toContain(secret.slice(20));
    expect(kept?.secrets[0]?.hash).toMatch(/^[0-9a-f]{64}$/);
  });

  it('change secrets without a moment in which none is right', async () => {
    const service = await aService(auth, admin);
    const added = await asAdmin('POST', `/${service.clientId}/secrets`, { body: { previous_expires_in: 3_600 } });
    expect(added.status).toBe(201);
    const next = { ...service, secret: added.body.data.client_secret as string };
    expect([await grants(service), await grants(next)]).toEqual([200, 200]);
    const [first, second] = added.body.data.service_account.secrets;
    expect(Date.parse(first.expires_at) - Date.now()).toBeGreaterThan(3_590_000);
    expect(second.expires_at).toBeNull();
    const third = await asAdmin('POST', `/${service.clientId}/secrets`);
    expect([third.status, third.body.error.code]).toEqual([409, 'CONFLICT']);
    const removed = await asAdmin('DELETE', `/${service.clientId}/secrets/${first.id}`);
    expect(removed.body.data.service_account.secrets).toHaveLength(1);
    expect([await grants(service), await grants(next)]).toEqual([401, 200]);
    expect((await asAdmin('DELETE', `/${service.clientId}/secrets/${first.id}`)).status).toBe(404);
    // Those that end at once make room.
    const last = await asAdmin('POST', `/${service.clientId}/secrets`, { body: { previous_expires_in: 0 } });
    expect(last.body.data.service_account.secrets).toHaveLength(1);
    expect(await grants(next)).toBe(401);
  });

  it('lose every token they hold, by one entry of the feed, when they are disabled (B4)', async () => {
    const service = await aService(auth, admin);
    const [tokens, spared] = [
      [await tokenOf(auth, service), await tokenOf(auth, service)],
      await aService(auth, admin),
    ];
    const other = await tokenOf(auth, spared);
    const answer = await asAdmin('PATCH', `/${service.clientId}`, { body: { disabled: true } });
    expect(answer.body.data.service_account.disabled).toBe(true);
    await eventually(() => expect(tokens.map(reasonOf)).toEqual(['TOKEN_REVOKED', 'TOKEN_REVOKED']));
    expect(await entriesOf(auth, service.clientId)).toEqual(['client']);
    expect(reasonOf(other)).toBe('OK');
    expect(await grants(service)).toBe(401);
    const receipt = await auth.ask('GET', `/api/v1/revocations/${answer.body.data.revocation_id}`, {
      token: admin.accessToken,
    });
    expect(receipt.status).toBe(200);
  });

  it('get good tokens at once when they are enabled again, and the old ones stay ended', async () => {
    const service = await aService(auth, admin);
    const old = await tokenOf(auth, service);
    for (const disabled of [true, false]) await asAdmin('PATCH', `/${service.clientId}`, { body: { disabled } });
    const fresh = await tokenOf(auth, service);
    await eventually(() => expect(reasonOf(old)).toBe('TOKEN_REVOKED'));
    expect(reasonOf(fresh)).toBe('OK');
  });

  it.each([[{ roles: ['other'] }], [{ scopes: ['b'] }], [{ audiences: ['gatehouse', 'x'] }], [{ end_tokens: true }]])(
    'keep no token from before %j',
    async (body) => {
      const service = await aService(auth, admin);
      const old = await tokenOf(auth, service);
      expect((await asAdmin('PATCH', `/${service.clientId}`, { body })).status).toBe(200);
      await eventually(() => expect(reasonOf(old)).toBe('TOKEN_REVOKED'));
      expect(await entriesOf(auth, service.clientId)).toEqual(['client']);
      const fresh = await tokenOf(auth, service);
      expect(reasonOf(fresh)).toBe('OK');
      expect(claimsOf(fresh)).toMatchObject('roles' in body ? { roles: ['other'] } : {});
    },
  );

  it('keep their tokens when only their name changes', async () => {
    const service = await aService(auth, admin);
    const token = await tokenOf(auth, service);
    const answer = await asAdmin('PATCH', `/${service.clientId}`, { body: { name: 'Other' } });
    expect(answer.body.data).toMatchObject({ service_account: { name: 'Other' } });
    expect(answer.body.data.revocation_id).toBeUndefined();
    expect(await entriesOf(auth, service.clientId)).toEqual([]);
    expect(reasonOf(token)).toBe('OK');
  });

  it('are gone with their tokens once removed', async () => {
    const service = await aService(auth, admin);
    const token = await tokenOf(auth, service);
    const removed = await asAdmin('DELETE', `/${service.clientId}`);
    expect([removed.status, removed.body.data.removed]).toEqual([200, true]);
    await eventually(() => expect(reasonOf(token)).toBe('TOKEN_REVOKED'));
    expect(await entriesOf(auth, service.clientId)).toEqual(['client']);
    expect(await grants(service)).toBe(401);
    for (const method of ['GET', 'PATCH', 'DELETE']) {
      const answer = await asAdmin(method, `/${service.clientId}`, method === 'PATCH' ? { body: { name: 'x' } } : {});
      expect([answer.status, answer.body.error.code]).toEqual([404, 'NOT_FOUND']);
    }
  });

  it('are nobody’s affair but that of administrators', async () => {
    const person = await signIn(auth);
    const { clientId } = await aService(auth, admin);
    const routes: [string, string][] = [
      ['GET', ''],
      ['POST', ''],
      ['GET', `/${clientId}`],
      ['PATCH', `/${clientId}`],
      ['DELETE', `/${clientId}`],
      ['POST', `/${clientId}/secrets`],
      ['DELETE', `/${clientId}/secrets/x`],
    ];
    for (const [method, path] of routes) {
      const answer = await asAdmin(method, path, { token: person.accessToken });
      expect([method, path, answer.status]).toEqual([method, path, 403]);
    }
    expect((await asAdmin('GET', `/${clientId}`)).status).toBe(200);
  });

  it.each([
    [{}],
    [{ name: '' }],
    [{ name: 'a\nb' }],
    [{ name: 'x'.repeat(101) }],
    [{ name: null }],
    [{ name: 'x', client_id: 'svc_chosen' }],
    [{ name: 'x', roles: 'admin' }],
    [{ name: 'x', roles: ['a b'] }],
    [{ name: 'x', roles: [['admin']] }],
    [{ name: 'x', scopes: ['a b'] }],
    [{ name: 'x', scopes: ['a"'] }],
    [{ name: 'x', scopes: ['a', 'a'] }],
    [{ name: 'x', scopes: Array.from({ length: 51 }, (_, n) => `s${n}`) }],
    [{ name: 'x', audiences: [] }],
    [{ name: 'x', jwks: [] }],
    [{ name: 'x', jwks: { keys: {} } }],
    [{ name: 'x', disabled: true }],
  ])('are not made from %j (A14)', async (body) => {
    const answer = await asAdmin('POST', '', { body });
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  const { jwk } = aServiceKey();
  const { kid: _kid, ...nameless } = jwk;
  it.each([
    ['a private key', [{ ...jwk, d: 'AAAA' }]],
    ['a secret', [{ kty: 'oct', k: 'AAAA', kid: 'x' }]],
    ['a secret member on a public key', [{ ...jwk, k: 'AAAA' }]],
    ['a short RSA key', [{ kty: 'RSA', n: Buffer.alloc(128, 0xff).toString('base64url'), e: 'AQAB', kid: 'x' }]],
    ['a point off its curve', [{ ...jwk, x: 'AAAA' }]],
    ['another curve', [{ ...jwk, crv: 'P-384' }]],
    ['an algorithm it does not serve', [{ ...jwk, alg: 'RS256' }]],
    ['a key for encryption', [{ ...jwk, use: 'enc' }]],
    ['two keys of one name', [jwk, jwk]],
    ['two without a name', [nameless, { ...aServiceKey().jwk, kid: undefined }]],
    ['numbers for members', [{ ...jwk, x: 1 }]],
    ['five keys', Array.from({ length: 5 }, () => aServiceKey().jwk)],
  ])('take no %s for theirs', async (_what, keys) => {
    const answer = await asAdmin('POST', '', { body: { name: 'x', jwks: { keys } } });
    expect([answer.status, answer.body.error.code]).toEqual([400, 'VALIDATION_ERROR']);
  });

  it('leave a trace of what was done to them, and by whom (R15)', async () => {
    const { clientId } = await aService(auth, admin);
    await asAdmin('PATCH', `/${clientId}`, { body: { disabled: true } });
    await asAdmin('DELETE', `/${clientId}`);
    const answer = await auth.app.get(AuditTrail).page({ clientId, limit: 10 });
    expect(answer.entries.map(({ kind }) => kind)).toEqual([
      'service_account.removed',
      'service_account.changed',
      'service_account.created',
    ]);
    for (const entry of answer.entries) {
      expect(entry).toMatchObject({ actorId: admin.userId, ipAddress: '127.0.0.1', requestId: expect.any(String) });
    }
    expect(answer.entries[1]?.details).toEqual({ changed: 'disabled' });
  });

  it('leave a trace of each token, and of each time they could not prove who they are (R15)', async () => {
    const service = await aService(auth, admin);
    const token = await tokenOf(auth, service);
    await grants({ ...service, secret: 'wrong' });
    await auth.app.get(AuditLog).flush();
    const { entries } = await auth.app.get(AuditTrail).page({ clientId: service.clientId, limit: 10 });
    expect(entries.map(({ kind, details }) => [kind, details])).toEqual([
      ['access.denied', { reason: 'client_unknown_or_wrong', method: 'client_secret_basic' }],
      ['token.issued', { token: claimsOf(token)['jti'] }],
      ['service_account.created', {}],
    ]);
    expect(JSON.stringify(entries)).not.toContain(service.secret);
    expect(auth.log()).not.toContain(service.secret);
    expect(auth.log()).not.toContain(token);
  });
});
