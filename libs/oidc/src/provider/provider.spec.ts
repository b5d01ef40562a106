import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeClock } from '@gatehouse/kernel/testing';
import { CALLBACK, errorOf, refusalOf, signedIn } from '../../test/at-the-provider.js';
import { createOidcClient } from '../client/create-oidc-client.js';
import type { OidcClient } from '../client/oidc-client.port.js';
import type { OidcWarning } from '../client/oidc-warning.js';
import { startScriptedProvider, type Lie, type ScriptedProvider } from '../testing/index.js';
import { addressFault } from './address-rule.js';
import { clientCredential, entraSettings, oidcSettings, providerSettings } from './provider-settings.js';

const HOUR_MS = 3_600_000;

let clock: FakeClock;
let provider: ScriptedProvider;
let client: OidcClient;
let warnings: OidcWarning[];

beforeAll(async () => {
  clock = new FakeClock();
  provider = await startScriptedProvider({ clock });
  provider.people.add({ handle: 'ada' });
});
beforeEach(() => {
  provider.honest();
  provider.forget();
  warnings = [];
  client = aClient();
});
afterAll(() => provider.close());

function aClient(settings: Record<string, unknown> = {}): OidcClient {
  const onWarning = (warning: OidcWarning) => warnings.push(warning);
  return createOidcClient('corp', provider.settings(settings), { clock, onWarning });
}

it('has no setting, and no proof of who we are, that the page on providers does not explain, and it tells of no others', () => {
  const page = readFileSync(join(__dirname, '../../../../docs/gateway/providers.md'), 'utf8');
  const [, settings = ''] = /^## Settings$(.*?)^## /ms.exec(page) ?? [];
  const explained = [...settings.matchAll(/^\| `(\w+)/gm)].map(([, name = '']) => name);
  const known = new Set([entraSettings, oidcSettings].flatMap(({ shape }) => Object.keys(shape)));
  expect(explained.sort()).toEqual([...known].sort());
  const [, credentials = ''] = /^## The proof of who we are$(.*?)^## /ms.exec(page) ?? [];
  const proofs = [...credentials.matchAll(/^credential: \{ type: (\w+)/gm)].map(([, type = '']) => type);
  expect(proofs.sort()).toEqual(clientCredential.options.map(({ shape }) => shape.type.value).sort());
});

describe('where a provider may send us (C10)', () => {
  it.each([
    'http://login.example.test/',
    'ftp://login.example.test/',
    'file:///etc/passwd',
    'data:application/json,{}',
    'https://user:word@login.example.test/',
    'https://localhost/',
    'https://LOCALHOST./',
    'https://db.localhost/',
    'https://127.0.0.1/',
    'https://127.1/',
    'https://2130706433/',
    'https://0x7f.0.0.1/',
    'https://017700000001/',
    'https://127.0.0.1./',
    'https://0.0.0.0/',
    'https://10.1.2.3/',
    'https://100.64.0.1/',
    'https://169.254.169.254/latest/meta-data/',
    'https://172.16.0.1/',
    'https://172.31.255.255/',
    'https://192.168.1.1/',
    'https://198.19.0.1/',
    'https://224.0.0.1/',
    'https://255.255.255.255/',
    'https://[::]/',
    'https://[::1]/',
    'https://[::ffff:127.0.0.1]/',
    'https://[::ffff:a9fe:a9fe]/',
    'https://[::7f00:1]/',
    'https://[64:ff9b::7f00:1]/',
    'https://[2002:7f00:1::]/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1]/',
    'https://[ff02::1]/',
  ])('not to %s', (address) => {
    expect(addressFault(new URL(address), false)).toEqual(expect.any(String));
  });

  it.each([
    'https://login.microsoftonline.com/common/v2.0',
    'https://172.15.0.1/',
    'https://172.32.0.1/',
    'https://11.0.0.1/',
    'https://[2606:4700::1]/',
    'https://localhost.example.test/',
    'https://127.0.0.1.example.test/',
    // A provider of one's own house stands on an address of the house; its name is what was configured.
    'https://keycloak.corp.internal/',
  ])('but to %s', (address) => {
    expect(addressFault(new URL(address), false)).toBeUndefined();
  });

  it('is nowhere inside, whatever the metadata of an honest-looking provider says', async () => {
    const settings = providerSettings.parse({
      type: 'oidc',
      issuer: 'https://login.example.test',
      clientId: 'c',
      credential: { type: 'none' },
    });
    const metadata = {
      issuer: 'https://login.example.test',
      authorization_endpoint: 'https://login.example.test/authorize',
      token_endpoint: 'https://login.example.test/token',
      jwks_uri: 'https://login.example.test/keys',
    };
    for (const name of ['authorization_endpoint', 'token_endpoint', 'jwks_uri', 'end_session_endpoint']) {
      for (const address of [
        'https://169.254.169.254/',
        'http://login.example.test/',
        'javascript:alert(1)',
        '/keys',
        'https://a.test/#x',
      ]) {
        const asked: string[] = [];
        const fetch = (url: unknown) => {
          asked.push(String(url));
          return Promise.resolve(Response.json({ ...metadata, [name]: address }));
        };
        const outside = createOidcClient('corp', settings, { fetch });
        expect(await refusalOf(outside.start({ redirectUri: CALLBACK }))).toBe('refused DISCOVERY_FAILED');
        expect(asked).toEqual(['https://login.example.test/.well-known/openid-configuration']);
      }
    }
  });
});

/** Soon tired of those that never end; patient with the others, whose answers may be slow on a busy machine. */
const patience = (lie: Lie) => ({ timeoutMs: lie.hang || lie.slowBodyMs ? 300 : 8_000 });

/** What a hostile or broken provider can answer to anything. */
const BROKEN: readonly (readonly [string, Lie, string])[] = [
  ['does not answer', { hang: true }, 'unavailable'],
  ['answers one byte at a time', { slowBodyMs: 20 }, 'unavailable'],
  ['hangs up', { drop: true }, 'unavailable'],
  ['answers 500', { status: 500 }, 'unavailable'],
  ['answers 429', { status: 429 }, 'unavailable'],
  ['answers 204', { status: 204 }, 'refused'],
  ['redirects', { redirectTo: 'http://127.0.0.1:9/' }, 'refused'],
  ['answers without end', { paddingBytes: 3_000_000 }, 'refused'],
  ['says that its JSON is a page', { contentType: 'text/html' }, 'refused'],
  ['says that its JSON is a script', { contentType: 'application/javascript; x=application/json' }, 'refused'],
  ['answers no JSON', { body: '{"issuer": mark' }, 'refused'],
  ['answers nothing', { body: '' }, 'refused'],
  ['answers a list', { body: '[{"issuer":"mark"}]' }, 'refused'],
  ['answers null', { body: 'null' }, 'refused'],
  ['answers with depth', { body: '['.repeat(30_000) }, 'refused'],
];

describe('a provider that', () => {
  it.each(BROKEN)('%s when asked for metadata lets nobody in', async (_, lie, kind) => {
    provider.lie({ at: 'discovery', ...lie });
    const refusal = await errorOf(aClient(patience(lie)).start({ redirectUri: CALLBACK }));
    expect(refusal.kind).toBe(kind);
    expect(refusal.message).not.toContain('mark');
  });

  it.each(BROKEN)('%s when asked for keys lets nobody in', async (_, lie, kind) => {
    provider.lie({ at: 'jwks', ...lie });
    expect((await errorOf(signedIn(aClient(patience(lie))))).kind).toBe(kind);
  });

  it.each(BROKEN)('%s when asked for tokens lets nobody in', async (_, lie, kind) => {
    provider.lie(lie);
    const refusal = await errorOf(signedIn(aClient(patience(lie))));
    expect(refusal.kind).toBe(kind);
    expect(refusal.message).not.toContain('mark');
  });

  it.each([
    ['discovery', { members: { issuer: ['https://a.test'] } }],
    ['discovery', { members: { token_endpoint: ['https://a.test'] } }],
    ['discovery', { members: { jwks_uri: undefined } }],
    ['discovery', { members: { id_token_signing_alg_values_supported: 'RS256' } }],
    ['discovery', { members: { authorization_response_iss_parameter_supported: 'no' } }],
    ['discovery', { members: { end_session_endpoint: 7 } }],
    ['discovery', { duplicates: { jwks_uri: 'https://evil.example.test/keys' } }],
    ['jwks', { members: { keys: {} } }],
    ['jwks', { members: { keys: Array.from({ length: 101 }, () => ({})) } }],
    ['jwks', { members: { keys: ['key', null, 7, [], { kty: ['RSA'] }] } }],
    ['jwks', { duplicates: { keys: [] } }],
    ['token', { members: { access_token: ['a'] } }],
    ['token', { members: { access_token: 'two\r\nlines' } }],
    ['token', { members: { access_token: 'x'.repeat(33_000) } }],
    ['token', { members: { access_token: undefined } }],
    ['token', { members: { refresh_token: { a: 1 } } }],
    ['token', { members: { refresh_token: 'two\r\nlines' } }],
    ['token', { members: { id_token: ['a.b.c'] } }],
    ['token', { members: { id_token: undefined } }],
    ['token', { members: { token_type: 'mac' } }],
    ['token', { members: { token_type: ['Bearer'] } }],
    ['token', { members: { expires_in: -1 } }],
    ['token', { members: { expires_in: 'soon' } }],
    ['token', { members: { scope: ['openid'] } }],
    ['token', { duplicates: { id_token: 'a.b.c' } }],
    ['token', { status: 400, body: '{"error":["invalid_grant"]}' }],
    ['token', { status: 400, body: '{"error":"' }],
    ['token', { status: 401, headers: { 'www-authenticate': 'DPoP error="use_dpop_nonce"' } }],
  ] as const)('at %s answers with the wrong kind of thing is refused: %j', async (at, lie) => {
    provider.lie({ at, times: 2, ...(lie as Lie) });
    expect((await errorOf(signedIn(client))).kind).toBe('refused');
  });

  it('never ends its answer is not waited for, though fetch has lost sight of the deadline (nodejs/node#54614)', async () => {
    const headers = { 'content-type': 'application/json' };
    const fetch = () =>
      Promise.resolve(new Response(new ReadableStream({ pull: () => new Promise(() => undefined) }), { headers }));
    const patient = createOidcClient('corp', provider.settings({ timeoutMs: 100 }), { clock, fetch });
    expect(await refusalOf(patient.start({ redirectUri: CALLBACK }))).toBe('unavailable PROVIDER_UNAVAILABLE');
  });

  it('tries to reach the prototype of all objects reaches nothing', async () => {
    const evil = '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}';
    for (const at of ['discovery', 'jwks', 'token'] as const) {
      provider.lie({ at, body: `${evil}}` });
      await errorOf(signedIn(aClient()));
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});

describe('the keys of a provider', () => {
  it('are found again after it has changed them, also without a warning', async () => {
    await signedIn(client);
    clock.advance(31_000);
    provider.rotateKeys();
    await expect(signedIn(client)).resolves.toBeDefined();
    expect(provider.count('jwks')).toBe(2);
  });

  it('that were taken away count no longer after ten minutes', async () => {
    const signedBefore = provider.issueIdToken();
    await client.verifyIdToken(signedBefore, {});
    provider.rotateKeys();
    await expect(client.verifyIdToken(signedBefore, {})).resolves.toBeDefined();
    clock.advance(600_000);
    expect(await refusalOf(client.verifyIdToken(signedBefore, {}))).toBe('refused TOKEN_INVALID');
  });

  it('are asked for once by many at a time', async () => {
    const token = provider.issueIdToken();
    await Promise.all(Array.from({ length: 50 }, () => client.verifyIdToken(token, {})));
    expect([provider.count('discovery'), provider.count('jwks')]).toEqual([1, 1]);
  });

  it('still count for a day while it does not answer, and the operator hears of it', async () => {
    await client.verifyIdToken(provider.issueIdToken(), {});
    await provider.goAway();
    clock.advance(23 * HOUR_MS);
    await expect(client.verifyIdToken(provider.issueIdToken(), {})).resolves.toBeDefined();
    expect(new Set(warnings.map(({ code }) => code))).toEqual(new Set(['METADATA_NOT_RENEWED', 'KEYS_NOT_RENEWED']));
    // An unknown key stays unknown.
    const unknown = provider.issueIdToken({ key: 'unpublished' });
    expect(await refusalOf(client.verifyIdToken(unknown, {}))).toMatch(/^(refused|unavailable)/);
    clock.advance(HOUR_MS);
    expect(await refusalOf(client.verifyIdToken(provider.issueIdToken(), {}))).toBe('unavailable PROVIDER_UNAVAILABLE');
    expect(await refusalOf(client.start({ redirectUri: CALLBACK }))).toBe('unavailable PROVIDER_UNAVAILABLE');
    await provider.goBack();
    clock.advance(5_000);
    await expect(client.verifyIdToken(provider.issueIdToken(), {})).resolves.toBeDefined();
  });

  it('are looked for once, however many tokens there are, while it does not answer (C10)', async () => {
    provider.lie({ at: 'jwks', times: 100, status: 500 });
    const tokens = Array.from({ length: 40 }, (_, i) => provider.issueIdToken({ header: { kid: `kid-${i}` } }));
    for (const token of tokens)
      expect(await refusalOf(client.verifyIdToken(token, {}))).toBe('unavailable PROVIDER_UNAVAILABLE');
    expect(provider.count('jwks')).toBe(1);
  });

  it('must be told apart: without a key id only one may fit, under one id no crowd', async () => {
    const { keys } = (await (await fetch(`${provider.origin}/discovery/v2.0/keys`)).json()) as { keys: object[] };
    const withoutId = provider.issueIdToken({ key: 'no-kid' });
    await expect(client.verifyIdToken(withoutId, {})).resolves.toBeDefined();
    for (const [copies, token] of [
      [2, withoutId],
      [5, provider.issueIdToken()],
    ] as const) {
      provider.lie({ at: 'jwks', members: { keys: Array.from({ length: copies }, () => keys[0]) } });
      expect(await refusalOf(aClient().verifyIdToken(token, {}))).toBe('refused TOKEN_INVALID');
    }
    for (const changes of [
      { use: 'enc' },
      { key_ops: ['encrypt'] },
      { key_ops: 'verify' },
      { alg: 'PS256' },
      { kty: 'EC' },
      { n: 'AQAB' },
    ]) {
      provider.lie({ at: 'jwks', members: { keys: [{ ...keys[0], ...changes }] } });
      expect(await refusalOf(aClient().verifyIdToken(provider.issueIdToken(), {}))).toMatch(/^refused/);
    }
  });
});
