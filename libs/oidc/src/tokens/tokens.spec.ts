import { generateKeyPairSync, sign } from 'node:crypto';
import { FakeClock } from '@gatehouse/kernel/testing';
import { errorOf, refusalOf, signedIn } from '../../test/at-the-provider.js';
import { createOidcClient } from '../client/create-oidc-client.js';
import type { OidcClient } from '../client/oidc-client.port.js';
import { startScriptedProvider, type ScriptedProvider, type TokenLie } from '../testing/index.js';

const API = 'https://api.example.test';
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** What a stranger writes must not come back in an error. */
const MARK = 'mark-of-a-stranger';

const clock = new FakeClock();
const now = clock.nowSeconds();
const day = 86_400;
let provider: ScriptedProvider;
let client: OidcClient;

beforeAll(async () => {
  provider = await startScriptedProvider({ clock });
  provider.people.add({ handle: 'ada' });
  client = createOidcClient('corp', provider.settings({ bearerAudiences: [API] }), { clock });
});
afterAll(() => provider.close());

const notATime: unknown[] = ['soon', null, [now], {}, -1, 1e300];
const notAText: unknown[] = [['a'], {}, 7, true, ''];

/** A lie, and the code of the refusal if it is not TOKEN_INVALID. */
type Case = readonly [name: string, lie: TokenLie, code?: string];
const refused = (cases: readonly Case[]): [string, TokenLie, string][] =>
  cases.map(([name, lie, code = 'TOKEN_INVALID']) => [name, lie, code]);

const claims = (name: string, values: readonly unknown[]): [string, TokenLie][] =>
  values.map((value) => [`${name} ${JSON.stringify(value) ?? 'missing'}`, { claims: { [name]: value } }]);

/** What no token of any class may be. */
const UNSOUND: readonly Case[] = [
  ['iss of another provider', { claims: { iss: `https://${MARK}.test` } }, 'ISSUER_MISMATCH'],
  ['iss as a list', { claims: { iss: ['https://a.test'] } }, 'ISSUER_MISMATCH'],
  ['iss missing', { claims: { iss: undefined } }, 'ISSUER_MISMATCH'],
  ['aud of somebody else', { claims: { aud: MARK } }, 'AUDIENCE_MISMATCH'],
  ['aud as a part of ours', { claims: { aud: 'gatehouse' } }, 'AUDIENCE_MISMATCH'],
  ...claims('aud', [undefined, [], {}, [['gatehouse-client']], 7]),
  ['exp in the past', { claims: { exp: now - 31 } }, 'TOKEN_EXPIRED'],
  ...claims('exp', [undefined, ...notATime]),
  ...claims('iat', [now + 31, ...notATime]),
  ['nbf ahead', { claims: { nbf: now + 31 } }],
  ['unsigned', { alg: 'none' }],
  ['unsigned, spelled otherwise', { alg: 'none', header: { alg: 'NoNe' } }],
  ['signed with the public key as a shared secret', { alg: 'HS256' }],
  ['signed by an unknown key', { key: 'unpublished' }],
  ['signed by another key under a known id', { key: 'forged' }],
  ['with its signature changed', { tamper: 'signature' }],
  ['with its claims changed', { tamper: 'claims' }],
  ['with another algorithm of the same key', { header: { alg: 'PS256' } }],
  ['with an algorithm of another kind of key', { header: { alg: 'ES256' } }],
  ['without an algorithm', { header: { alg: undefined } }],
  ['with a list of algorithms', { header: { alg: ['RS256'] } }],
  [
    'with its key inside',
    { key: 'unpublished', header: { jwk: { kty: 'RSA', n: 'AQAB', e: 'AQAB' }, kid: undefined } },
  ],
  ['with a list for key id', { header: { kid: ['a'] } }],
  ['with an extension that must be understood', { header: { crit: ['exp'] } }],
  ['with an unencoded payload', { header: { b64: false } }],
  ['with a claim twice', { duplicates: { sub: MARK } }],
  ['with a claim twice, deep down', { rawClaims: `{"sub":"a","x":{"y":[{"z":1,"z":2}]}}` }],
  ['with a list for claims', { rawClaims: '[]' }],
  ['with a text for claims', { rawClaims: '"claims"' }],
  ['with no JSON for claims', { rawClaims: `{"sub": ${MARK}` }],
  ['too long', { claims: { padding: 'x'.repeat(33_000) } }],
];

describe('an ID token', () => {
  const nonce = 'n'.repeat(43);
  const verify = (lie: TokenLie = {}) =>
    client.verifyIdToken(provider.issueIdToken({ nonce, ...lie }), { nonce, maxAgeMs: 600_000 });

  it('of the provider for us is taken, also without typ, with several audiences and a claim of any name', async () => {
    await expect(verify()).resolves.toMatchObject({ subject: provider.people.find('ada')!.subject });
    await expect(verify({ header: { typ: undefined } })).resolves.toBeDefined();
    await expect(verify({ claims: { aud: [provider.clientId, 'b'], azp: provider.clientId } })).resolves.toBeDefined();
    await expect(verify({ claims: { exp: now - 29 } })).resolves.toBeDefined();
    await expect(
      verify({ claims: JSON.parse('{"__proto__":{"roles":["Admin"]},"constructor":"x"}') as Record<string, unknown> }),
    ).resolves.toMatchObject({ roles: [] });
    expect(({} as Record<string, unknown>)['roles']).toBeUndefined();
  });

  it.each(
    refused([
      ...UNSOUND,
      [
        'made out to others as well, at nobody’s request',
        { claims: { aud: ['gatehouse-client', 'other'] } },
        'AUDIENCE_MISMATCH',
      ],
      ['made out to us at the request of another', { claims: { azp: 'other' } }, 'AUDIENCE_MISMATCH'],
      ['of another sign-in', { claims: { nonce: MARK } }, 'NONCE_MISMATCH'],
      ['without a nonce', { claims: { nonce: undefined } }, 'NONCE_MISMATCH'],
      ['with a list for nonce', { claims: { nonce: ['n'.repeat(43)] } }],
      ['issued too long ago', { claims: { iat: now - 631 } }, 'TOKEN_EXPIRED'],
      ['without a time of issue', { claims: { iat: undefined } }],
      ...claims('sub', [undefined, null, 'x'.repeat(256), ...notAText]),
      ...claims('auth_time', notATime),
      ...claims('sid', [...notAText, 'x'.repeat(256)]),
      ...claims('roles', [{}, 7, [['a']], [7], Array.from({ length: 501 }, (_, i) => `r${i}`)]),
      ...claims('groups', [{}, [null]]),
      ...claims('amr', [{}, [7]]),
      ...claims('email', notAText),
      ...claims('name', notAText),
      ['that is an access token', { header: { typ: 'at+jwt' } }],
      ['that is a logout token', { header: { typ: 'logout+jwt' } }],
      ['with the name of a class that nobody knows', { header: { typ: MARK } }],
      ['that tells of events', { claims: { events: {} } }],
      ['that grants scopes', { claims: { scp: 'User.Read' } }],
    ]),
  )('%s is refused (O3)', async (_, lie, code) => {
    const refusal = await errorOf(verify(lie));
    expect(`${refusal.kind} ${refusal.code}`).toBe(`refused ${code}`);
    expect(`${refusal.message} ${String(refusal.cause)}`).not.toContain(MARK);
  });

  it('of an issuer that differs by a slash is refused (O3)', async () => {
    expect(await refusalOf(verify({ claims: { iss: `${provider.origin}/` } }))).toBe('refused ISSUER_MISMATCH');
  });

  it('that belongs to another access token is refused (O3)', async () => {
    provider.lie({ idToken: { claims: { at_hash: 'x'.repeat(22) } } });
    expect(await refusalOf(signedIn(client))).toBe('refused TOKEN_INVALID');
    provider.lie({ members: { access_token: 'of-somebody-else' } });
    expect(await refusalOf(signedIn(client))).toBe('refused TOKEN_INVALID');
    provider.lie({ idToken: { claims: { at_hash: undefined } } });
    await expect(signedIn(client)).resolves.toBeDefined();
  });

  it.each(['', '.', '..', 'a.b', 'a.b.c', 'a.b.c.d.e', 'ä.b.c', 'eyJhbGciOiJub25lIn0.e30.', ' ', 'x'.repeat(40_000)])(
    '%p is none (O3)',
    async (token) => expect(await refusalOf(client.verifyIdToken(token, {}))).toBe('refused TOKEN_INVALID'),
  );

  it('is taken in each algorithm the provider lists, and in no other', async () => {
    for (const alg of ['RS256', 'PS256', 'ES256', 'EdDSA'] as const) {
      const other = await startScriptedProvider({ clock, alg });
      other.people.add();
      const listed = createOidcClient('corp', other.settings(), { clock });
      await expect(listed.verifyIdToken(other.issueIdToken(), {})).resolves.toBeDefined();
      other.lie({ at: 'discovery', members: { id_token_signing_alg_values_supported: ['RS512'] } });
      const unlisted = createOidcClient('corp', other.settings(), { clock });
      expect(await refusalOf(unlisted.verifyIdToken(other.issueIdToken(), {}))).toBe('refused TOKEN_INVALID');
      await other.close();
    }
  });
});

describe('a logout token', () => {
  const verify = (lie: TokenLie = {}) =>
    client.verifyLogoutToken(provider.issueLogoutToken({ person: 'ada', sid: 'session-1', ...lie }));

  it('says whose session ended, and how long to remember it (O7)', async () => {
    expect(await verify({ claims: { jti: 'j' } })).toEqual({
      provider: 'corp',
      issuer: provider.origin,
      jti: 'j',
      subject: provider.people.find('ada')!.subject,
      providerSessionId: 'session-1',
      issuedAtMs: now * 1000,
      expiresAtMs: (now + 120 + 30) * 1000,
    });
    await expect(verify({ claims: { sub: undefined } })).resolves.toBeDefined();
    await expect(verify({ claims: { sid: undefined } })).resolves.toBeDefined();
    await expect(verify({ header: { typ: 'application/LOGOUT+JWT' } })).resolves.toBeDefined();
    // Made to live for a day, it is taken for five minutes.
    expect(await verify({ claims: { exp: now + day } })).toMatchObject({ expiresAtMs: (now + 300 + 30) * 1000 });
  });

  it.each(
    refused([
      ...UNSOUND,
      ['without typ', { header: { typ: undefined } }],
      ['that is an ID token', { header: { typ: 'JWT' } }],
      ['that is an access token', { header: { typ: 'at+jwt' } }],
      ['that is another security event', { header: { typ: 'secevent+jwt' } }],
      ['with a nonce', { claims: { nonce: 'n' } }],
      ['with a nonce that is null', { claims: { nonce: null } }],
      ['without a time of issue', { claims: { iat: undefined } }],
      ['that is a recording', { claims: { iat: now - 331, exp: now + day } }, 'TOKEN_EXPIRED'],
      ['about nobody', { claims: { sub: undefined, sid: undefined } }],
      ...claims('sub', notAText),
      ...claims('sid', notAText),
      ...claims('jti', [undefined, null, 'x'.repeat(256), ...notAText]),
      ...claims('events', [
        undefined,
        null,
        {},
        [EVENT],
        EVENT,
        { [EVENT]: null },
        { [EVENT]: [] },
        { [EVENT]: true },
        { other: {} },
      ]),
    ]),
  )('%s is refused (O7)', async (_, lie, code) => {
    expect(await refusalOf(verify(lie))).toBe(`refused ${code}`);
  });
});

describe('a security event', () => {
  const CAEP = 'https://schemas.openid.net/secevent/caep/event-type';
  const RISC = 'https://schemas.openid.net/secevent/risc/event-type';
  const REVOKED = `${CAEP}/session-revoked`;
  const ADDRESS = 'https://app.example.test/events';
  const verify = (lie: TokenLie & { sid?: string } = {}) =>
    client.verifySecurityEvent(provider.issueSecurityEvent({ person: 'ada', ...lie }), [ADDRESS]);
  const ada = () => provider.people.find('ada')!.subject;
  const adaThere = () => ({ format: 'iss_sub', iss: provider.origin, sub: ada() });
  const told = (event: string, more: object = {}) => ({ events: { [event]: { event_timestamp: now - 60, ...more } } });
  /** None of them has `exp` or `sub`. */
  const unsound = UNSOUND.filter(([name]) => name !== 'exp missing' && name !== 'with a claim twice');

  it('says whose sessions ended, and when (O9)', async () => {
    expect(await verify({ claims: { jti: 'j', ...told(REVOKED) } })).toEqual({
      provider: 'corp',
      issuer: provider.origin,
      jti: 'j',
      over: { subject: ada(), upToMs: (now - 60) * 1000 },
      expiresAtMs: (now + 7 * day + 30) * 1000,
    });
    expect(await verify({ sid: 's1' })).toMatchObject({ over: { subject: ada(), providerSessionId: 's1' } });
    const session = { format: 'opaque', id: 's1' };
    const only = { providerSessionId: 's1', upToMs: now * 1000 };
    expect((await verify({ claims: { sub_id: session } })).over).toEqual(only);
    // Of an address nothing is made; the session beside it says enough.
    const byAddress = { format: 'complex', user: { format: 'email', email: 'ada@corp.test' }, session };
    expect((await verify({ claims: { sub_id: byAddress } })).over).toEqual(only);
    // What would narrow it down in words we do not know makes it no narrower.
    const device = { format: 'complex', user: adaThere(), device: { format: 'opaque', id: 'd' } };
    expect((await verify({ claims: { sub_id: device } })).over).toEqual({ subject: ada(), upToMs: now * 1000 });
  });

  it('may be made out to where it is sent, be as old as a stubborn sender is, and have an end (O9)', async () => {
    await expect(verify({ claims: { aud: ['https://other.test', ADDRESS] } })).resolves.toBeDefined();
    await expect(verify({ claims: { iat: now - 6 * day } })).resolves.toBeDefined();
    await expect(verify({ claims: { exp: now + 1 } })).resolves.toBeDefined();
    await expect(verify({ header: { typ: 'application/secevent+jwt' } })).resolves.toBeDefined();
  });

  it.each(['sessions-revoked', 'account-disabled', 'account-purged'])(
    'of RISC ends them too: %s (O9)',
    async (event) => {
      expect((await verify({ claims: told(`${RISC}/${event}`) })).over).toMatchObject({ subject: ada() });
      const opaque = { ...told(`${RISC}/${event}`), sub_id: { format: 'opaque', id: 'x' } };
      // Of a session or of a person: nobody knows.
      expect(await refusalOf(verify({ claims: opaque }))).toBe('refused TOKEN_INVALID');
    },
  );

  it('of something else ends nothing, whomever it names (O9)', async () => {
    for (const event of [`${CAEP}/token-claims-change`, `${RISC}/account-enabled`, 'urn:other']) {
      const other = { ...told(event), sub_id: { format: 'email', email: 'ada@corp.test' } };
      expect(await verify({ claims: other })).not.toHaveProperty('over');
    }
  });

  it('happened when it says, at the latest when it was told, in seconds or as drafts had it (O9)', async () => {
    const upTo = async (time: number) =>
      (await verify({ claims: told(REVOKED, { event_timestamp: time }) })).over?.upToMs;
    expect(await upTo(now - 5)).toBe((now - 5) * 1000);
    expect(await upTo((now - 5) * 1000)).toBe((now - 5) * 1000);
    expect(await upTo(now + day)).toBe(now * 1000);
  });

  it.each(
    refused([
      ...unsound,
      ['with a claim twice', { duplicates: { jti: MARK } }],
      ['without typ', { header: { typ: undefined } }],
      ['that is an ID token', { header: { typ: 'JWT' } }],
      ['that is a logout token', { header: { typ: 'logout+jwt' } }],
      ['with a nonce', { claims: { nonce: 'n' } }],
      ['without a time of issue', { claims: { iat: undefined } }],
      ['that is a recording', { claims: { iat: now - 7 * day - 31 } }, 'TOKEN_EXPIRED'],
      ...claims('jti', [undefined, null, 'x'.repeat(256), ...notAText]),
      ...claims('events', [undefined, null, {}, [REVOKED], REVOKED, { [REVOKED]: null }, { [REVOKED]: [] }]),
      ...claims('events', [{ [REVOKED]: { event_timestamp: 'soon' } }, { [REVOKED]: { event_timestamp: -1 } }]),
      ...claims('sub_id', [
        undefined,
        null,
        'ada',
        {},
        { format: 'email', email: 'ada@corp.test' },
        { format: 'iss_sub', sub: 'ada' },
        { format: 'iss_sub', iss: 'https://other.test', sub: 'ada' },
        { format: 'opaque' },
        { format: 'opaque', id: '' },
        { format: 'complex' },
        { format: 'complex', user: 'ada', session: 's1' },
        { format: 'complex', user: { format: 'email', email: 'ada@corp.test' } },
      ]),
    ]),
  )('%s is refused (O9)', async (_, lie, code) => {
    expect(await refusalOf(verify(lie))).toBe(`refused ${code}`);
  });
});

describe('a bearer token', () => {
  const verify = (lie: TokenLie & { audience?: string; scope?: string } = {}) =>
    client.verifyBearer(provider.issueAccessToken({ audience: API, ...lie }));

  it('for our API says who may do what (RFC 9068)', async () => {
    expect(await verify({ scope: 'read write' })).toMatchObject({
      subject: provider.people.find('ada')!.subject,
      scopes: ['read', 'write'],
      clientId: provider.clientId,
      subjectKind: 'person',
      expiresAtMs: expect.any(Number) as number,
    });
    await expect(verify({ audience: provider.clientId })).resolves.toBeDefined();
  });

  it('in which a service speaks for itself says so', async () => {
    expect(await verify({ claims: { sub: 'robot', client_id: 'robot' } })).toMatchObject({
      subjectKind: 'application',
    });
  });

  it('that is a plain JWT must be for an API that was named, and look like an access token', async () => {
    const plain = { header: { typ: 'JWT' } };
    await expect(verify(plain)).resolves.toBeDefined();
    await expect(verify({ ...plain, claims: { typ: 'Bearer' } })).resolves.toBeDefined();
    expect(await refusalOf(verify({ ...plain, audience: provider.clientId }))).toBe('refused AUDIENCE_MISMATCH');
    expect(await refusalOf(verify({ ...plain, claims: { typ: 'ID' } }))).toBe('refused TOKEN_INVALID');
    const bare = { ...plain, claims: { scope: undefined, client_id: undefined } };
    expect(await refusalOf(verify(bare))).toBe('refused TOKEN_INVALID');
  });

  it.each(
    refused([
      ...UNSOUND,
      ['for another API', { claims: { aud: `${API}/other` } }, 'AUDIENCE_MISMATCH'],
      ['that is a logout token', { header: { typ: 'logout+jwt' } }],
      ...claims('nonce', ['n']),
      ...claims('at_hash', ['h']),
      ...claims('events', [{}]),
      ...claims('sub', [undefined, ...notAText]),
      ...claims('scope', [{}, [7]]),
      ...claims('client_id', [undefined, ['a']]),
      ...claims('jti', [undefined]),
    ]),
  )('%s is refused', async (_, lie, code) => {
    expect(await refusalOf(verify(lie))).toBe(`refused ${code}`);
  });

  it('and an ID token never pass for each other', async () => {
    expect(await refusalOf(client.verifyBearer(provider.issueIdToken()))).toMatch(/^refused/);
    expect(await refusalOf(client.verifyIdToken(provider.issueAccessToken(), {}))).toMatch(/^refused/);
  });
});

it('a key of 1024 bits signs nothing that counts, though the provider publishes it', async () => {
  const weak = generateKeyPairSync('rsa', { modulusLength: 1_024 });
  const jwk = { ...weak.publicKey.export({ format: 'jwk' }), kid: 'weak', alg: 'RS256', use: 'sig' };
  const claims = { iss: provider.origin, aud: provider.clientId, sub: 's', iat: now, exp: now + 60 };
  const input = [{ alg: 'RS256', kid: 'weak' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.');
  const token = `${input}.${sign('sha256', Buffer.from(input), weak.privateKey).toString('base64url')}`;
  provider.lie({ at: 'jwks', members: { keys: [jwk] } });
  const other = createOidcClient('corp', provider.settings(), { clock });
  expect(await refusalOf(other.verifyIdToken(token, {}))).toMatch(/^refused/);
});

it('a flood of tokens with made-up key ids costs the provider one request in each cooldown (C10, O7)', async () => {
  await client.verifyLogoutToken(provider.issueLogoutToken({ person: 'ada' }));
  provider.forget();
  clock.advance(31_000);
  const forged = (n: number) => {
    const token = provider.issueLogoutToken({ person: 'ada', key: 'unpublished', header: { kid: `kid-${n}` } });
    return refusalOf(client.verifyLogoutToken(token));
  };
  // All at once, and one after the other.
  const outcomes = await Promise.all(Array.from({ length: 200 }, (_, n) => forged(n)));
  for (let n = 200; n < 300; n++) outcomes.push(await forged(n));
  expect(new Set(outcomes)).toEqual(new Set(['refused TOKEN_INVALID']));
  expect(provider.count('jwks')).toBe(1);
});
