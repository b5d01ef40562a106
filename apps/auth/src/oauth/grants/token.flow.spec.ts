import { SessionValidator } from '@gatehouse/session-validator/nest';
import {
  ACCOUNTS,
  aService,
  basic,
  claimsOf,
  FORM,
  type KnownService,
  sendForm,
  type SignedIn,
  signIn,
  TOKEN,
  tokenOf,
} from '../../../test/oauth-world.js';
import { type RunningAuth, startAuth } from '../../../test/start-auth.js';

let auth: RunningAuth;
let admin: SignedIn;
let service: KnownService;

beforeAll(async () => {
  auth = await startAuth();
  await auth.app.get(SessionValidator).ready();
  admin = await signIn(auth, ['user', 'admin']);
  service = await aService(auth, admin);
});
afterAll(() => auth.close());

const credentials = { grant_type: 'client_credentials' };

describe('client credentials', () => {
  it('give a service a token in its own name, and no refresh token (RFC 6749 §4.4.3, RFC 9068 §2.2)', async () => {
    const answer = await sendForm(auth, TOKEN, credentials, { as: service });
    expect([answer.status, answer.headers['cache-control'], answer.headers['pragma']]).toEqual([
      200,
      'no-store',
      'no-cache',
    ]);
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.body).toEqual({
      access_token: expect.any(String),
      token_type: 'Bearer',
      expires_in: 900,
      scope: 'orders:read orders:write',
    });
    const claims = claimsOf(answer.body.access_token as string);
    expect(claims).toMatchObject({
      iss: 'http://auth.test',
      aud: 'gatehouse',
      sub: service.clientId,
      client_id: service.clientId,
      roles: ['reporter'],
      scope: 'orders:read orders:write',
      amr: [],
      acr: 'service',
    });
    expect(claims['sid']).toMatch(/^[0-9a-f]{64}$/);
    const validator = auth.app.get(SessionValidator);
    expect(validator.check(answer.body.access_token as string, { serviceAccounts: true })).toMatchObject({
      ok: true,
      principal: { serviceAccountId: service.clientId },
    });
  });

  it('are taken from the form as well (client_secret_post)', async () => {
    const { clientId, secret } = service;
    const answer = await sendForm(auth, TOKEN, { ...credentials, client_id: clientId, client_secret: secret });
    expect(answer.status).toBe(200);
  });

  it('give less when less is asked for, and never more', async () => {
    const token = await tokenOf(auth, service, { scope: 'orders:read' });
    expect(claimsOf(token)['scope']).toBe('orders:read');
    for (const scope of [
      'admin',
      'orders:read admin',
      'orders:read  orders:write',
      ' orders:read',
      'orders"read',
      'é',
    ]) {
      const answer = await sendForm(auth, TOKEN, { ...credentials, scope }, { as: service });
      expect([scope, answer.status, answer.body.error]).toEqual([scope, 400, 'invalid_scope']);
    }
  });

  it('give a token for one of the services the account may call (RFC 8707)', async () => {
    const two = await aService(auth, admin, { audiences: ['https://billing.test', 'gatehouse'] });
    expect(claimsOf(await tokenOf(auth, two))['aud']).toBe('https://billing.test');
    expect(claimsOf(await tokenOf(auth, two, { resource: 'gatehouse' }))['aud']).toBe('gatehouse');
    expect(claimsOf(await tokenOf(auth, two, { audience: 'gatehouse' }))['aud']).toBe('gatehouse');
    const both = 'grant_type=client_credentials&resource=gatehouse&resource=https%3A%2F%2Fbilling.test';
    for (const form of [both, 'grant_type=client_credentials&resource=other']) {
      const answer = await sendForm(auth, TOKEN, form, { as: two });
      expect([answer.status, answer.body.error]).toEqual([400, 'invalid_target']);
    }
  });

  it('open no route of a person, administration least of all', async () => {
    const powerful = await aService(auth, admin, { roles: ['admin', 'user'] });
    const token = await tokenOf(auth, powerful);
    for (const path of ['/api/v1/sessions', '/api/v1/auth/me', '/api/v1/auth/verify', ACCOUNTS]) {
      const answer = await auth.ask('GET', path, { token });
      expect([path, answer.status, answer.body.error.code]).toEqual([path, 401, 'TOKEN_INVALID']);
    }
    expect((await auth.ask('POST', '/api/v1/auth/signout', { token })).status).toBe(401);
  });
});

describe('a client that does not prove who it is', () => {
  const attempts: [string, Record<string, string>, Record<string, string>?][] = [
    ['nothing at all', {}],
    ['an id alone', { client_id: 'svc_nobody' }],
    ['an unknown id', {}, { authorization: basic('svc_000000000000000000000000', 'x') }],
    ['a Bearer token', {}, { authorization: 'Bearer abc' }],
    ['no base64', {}, { authorization: 'Basic ***' }],
    ['no colon', {}, { authorization: `Basic ${Buffer.from('svc_a').toString('base64')}` }],
    ['broken escapes', {}, { authorization: `Basic ${Buffer.from('svc_a:%zz').toString('base64')}` }],
    ['a very long id', { client_id: `svc_${'a'.repeat(5_000)}`, client_secret: 'x' }],
    ['a name that is an object’s', { client_id: '__proto__', client_secret: 'x' }],
  ];
  it.each(attempts)('is refused alike: %s', async (_name, form, headers = {}) => {
    const answer = await sendForm(auth, TOKEN, { ...credentials, ...form }, { headers });
    expect(answer.status).toBe(401);
    expect(answer.headers['www-authenticate']).toMatch(/^Basic realm="gatehouse"/);
    expect(answer.headers['cache-control']).toBe('no-store');
    expect(answer.body).toEqual({
      error: 'invalid_client',
      error_description: 'the client could not be authenticated',
    });
  });

  it('is answered to the byte as one whose secret is wrong, and one that is disabled', async () => {
    const disabled = await aService(auth, admin);
    await auth.ask('PATCH', `${ACCOUNTS}/${disabled.clientId}`, { token: admin.accessToken, body: { disabled: true } });
    const texts = [];
    for (const as of [
      { clientId: 'svc_unknown', secret: 'x' },
      { ...service, secret: `${service.secret}x` },
      disabled,
    ]) {
      texts.push((await sendForm(auth, TOKEN, credentials, { as })).text);
    }
    expect(new Set(texts).size).toBe(1);
  });
});

describe('a request that is no request (RFC 6749 §5.2)', () => {
  it('says so: missing, repeated, unknown, or several ways at once', async () => {
    const { clientId, secret } = service;
    const cases: [string, string, Record<string, string>?][] = [
      ['', 'invalid_request'],
      ['grant_type=', 'invalid_request'],
      ['grant_type=client_credentials&grant_type=client_credentials', 'invalid_request'],
      ['grant_type=password&username=a&password=b', 'unsupported_grant_type'],
      ['grant_type=refresh_token', 'invalid_request'],
      ['grant_type=client_credentials&scope=a&scope=b', 'invalid_request'],
      [
        `grant_type=client_credentials&client_secret=${secret}`,
        'invalid_request',
        { authorization: basic(clientId, secret) },
      ],
      ['grant_type=client_credentials&client_id=other', 'invalid_request', { authorization: basic(clientId, secret) }],
      ['grant_type=client_credentials&client_assertion=a.b.c', 'invalid_request'],
      ['grant_type=client_credentials&client_secret=x', 'invalid_request'],
      ['grant_type=%ff', 'invalid_request'],
      ['grant_type=%', 'invalid_request'],
      ['grant_type=é', 'invalid_request'],
      [Array.from({ length: 65 }, (_, n) => `p${n}=1`).join('&'), 'invalid_request'],
    ];
    for (const [form, error, headers = {}] of cases) {
      const answer = await sendForm(auth, TOKEN, form, { headers });
      expect([form.slice(0, 60), answer.status, answer.body?.error]).toEqual([form.slice(0, 60), 400, error]);
      expect(answer.headers['cache-control']).toBe('no-store');
    }
  });

  it('takes a form and nothing else', async () => {
    const body = JSON.stringify({
      grant_type: 'client_credentials',
      client_id: service.clientId,
      client_secret: service.secret,
    });
    for (const type of [
      'application/json',
      'text/plain',
      'multipart/form-data; boundary=x',
      `${FORM['content-type']}; charset=utf-7`,
    ]) {
      const answer = await auth.ask('POST', TOKEN, { headers: { 'content-type': type }, body });
      expect([type, answer.status, answer.body.error]).toEqual([type, 400, 'invalid_request']);
    }
    const gzip = await sendForm(auth, TOKEN, credentials, { headers: { 'content-encoding': 'gzip' } });
    expect([gzip.status, gzip.body.error]).toEqual([400, 'invalid_request']);
  });

  it('takes no secret and no token out of the address (R2)', async () => {
    const { clientId, secret } = service;
    const query = new URLSearchParams({ ...credentials, client_id: clientId, client_secret: secret }).toString();
    expect((await sendForm(auth, `${TOKEN}?${query}`, '')).body.error).toBe('invalid_request');
    expect((await sendForm(auth, `${TOKEN}?${query}`, credentials)).status).toBe(401);
  });

  it('lets no other route take a form: pages of other sites can send one without asking (B11)', async () => {
    for (const path of ['/api/v1/auth/signin', '/api/v1/auth/refresh', '/api/v1/auth/signup', ACCOUNTS]) {
      const answer = await sendForm(auth, path, { email: 'a@b.test', password: 'x' });
      expect([path, answer.status, answer.body.error.code]).toEqual([path, 415, 'UNSUPPORTED_MEDIA_TYPE']);
    }
  });
});

describe('the refresh grant (R6)', () => {
  const refresh = (refreshToken: string, more = {}) =>
    sendForm(auth, TOKEN, { grant_type: 'refresh_token', refresh_token: refreshToken, ...more });

  it('trades a refresh token once, as /auth/refresh does, and hands the same pair to whoever lost the answer', async () => {
    const person = await signIn(auth);
    const first = await refresh(person.refreshToken, { client_id: 'web' });
    expect([first.status, first.headers['cache-control'], first.body.token_type]).toEqual([200, 'no-store', 'Bearer']);
    expect(claimsOf(first.body.access_token as string)['sid']).toBe(person.sessionId);
    const again = await refresh(person.refreshToken);
    expect(again.body).toEqual(first.body);
    const elsewhere = await auth.ask('POST', '/api/v1/auth/refresh', {
      body: { refresh_token: first.body.refresh_token },
    });
    expect(elsewhere.status).toBe(200);
    const reused = await refresh(person.refreshToken);
    expect([reused.status, reused.body.error]).toEqual([400, 'invalid_grant']);
    // Reuse ends the family.
    const last = await refresh(elsewhere.body.data.refresh_token as string);
    expect([last.status, last.body.error]).toEqual([400, 'invalid_grant']);
  });

  it('is refused to another client, without spending the token', async () => {
    const person = await signIn(auth);
    for (const as of [undefined, service]) {
      const stolen = await sendForm(
        auth,
        TOKEN,
        { grant_type: 'refresh_token', refresh_token: person.refreshToken, ...(as ? {} : { client_id: 'mobile' }) },
        { as },
      );
      expect([stolen.status, stolen.body.error]).toEqual([400, 'invalid_grant']);
    }
    expect((await refresh(person.refreshToken, { client_id: 'web' })).status).toBe(200);
  });

  it('does not widen the scope, and does not spend the token over it', async () => {
    const person = await signIn(auth);
    const wider = await refresh(person.refreshToken, { scope: 'everything' });
    expect([wider.status, wider.body.error]).toEqual([400, 'invalid_scope']);
    expect((await refresh(person.refreshToken)).status).toBe(200);
  });

  it.each(['x', 'a.b', `${'a'.repeat(64)}.${'b'.repeat(43)}`, 'x'.repeat(5_000)])(
    'refuses what is none: %.20s',
    async (text) => {
      const answer = await refresh(text);
      expect([answer.status, answer.body.error]).toEqual([400, 'invalid_grant']);
    },
  );
});
