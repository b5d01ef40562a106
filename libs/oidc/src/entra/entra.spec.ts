import { execFileSync } from 'node:child_process';
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { FakeClock } from '@gatehouse/kernel/testing';
import { testFolder } from '@gatehouse/testing';
import { CALLBACK, refusalOf, signedIn } from '../../test/at-the-provider.js';
import { createOidcClient, ProviderMisconfigured } from '../client/create-oidc-client.js';
import type { OidcClient } from '../client/oidc-client.port.js';
import type { OidcWarning } from '../client/oidc-warning.js';
import { providerSettings } from '../provider/provider-settings.js';
import {
  HOME_TENANT,
  startScriptedProvider,
  type ClientAuthentication,
  type Lie,
  type ScriptedProvider,
} from '../testing/index.js';
import { authorityOf, graphUrlOf } from './clouds.js';

const PARTNER = '33333333-3333-4333-8333-333333333333';
const STRANGER = '44444444-4444-4444-8444-444444444444';
const GROUPS = [1, 2, 3, 4, 5].map((n) => `${String(n).repeat(8)}-0000-4000-8000-000000000000`);

const clock = new FakeClock();
let provider: ScriptedProvider;
let warnings: OidcWarning[];
const single = () => aClient();
const many = () => aClient({ tenant: 'common', allowedTenants: [HOME_TENANT.toUpperCase(), PARTNER] });

beforeAll(async () => {
  provider = await startScriptedProvider({ kind: 'entra', clock, groupsInToken: 2 });
  provider.people.add({ handle: 'ada', email: 'ada@corp.test', groups: GROUPS.slice(0, 2), roles: ['Orders.Read'] });
  provider.people.add({ handle: 'partner', email: 'ada@corp.test', tenantId: PARTNER });
  provider.people.add({ handle: 'stranger', email: 'ada@corp.test', tenantId: STRANGER });
  provider.people.add({ handle: 'busy', groups: GROUPS });
});
beforeEach(() => {
  provider.honest();
  provider.forget();
  warnings = [];
});
afterAll(() => provider.close());

function aClient(changes: Record<string, unknown> = {}): OidcClient {
  return createOidcClient('entra', provider.settings(changes), {
    clock,
    onWarning: (warning) => warnings.push(warning),
  });
}

describe('an account of one tenant', () => {
  it('is known by tenant and object, never by its address (O4)', async () => {
    const { identity } = await signedIn(single(), { loginHint: 'ada' });
    const ada = provider.people.find('ada')!;
    expect(identity).toMatchObject({
      issuer: provider.issuer(),
      tenantId: HOME_TENANT,
      objectId: ada.objectId,
      key: `entra|${HOME_TENANT}|${ada.objectId}`,
      email: 'ada@corp.test',
      emailVerified: false,
      roles: ['Orders.Read'],
      groups: GROUPS.slice(0, 2),
      loginHint: 'hint-ada',
    });
    const partner = await signedIn(many(), { loginHint: 'partner' });
    expect(partner.identity.email).toBe(identity.email);
    expect(partner.identity.key).not.toBe(identity.key);
  });

  it('is refreshed for the very same subject alone, though tenant and object stay the same (O3)', async () => {
    const client = single();
    const { identity, tokens } = await signedIn(client, { loginHint: 'ada' });
    provider.lie({ idToken: { claims: { sub: 'another-subject' } } });
    expect(await refusalOf(client.refresh(tokens, identity))).toBe('refused SUBJECT_CHANGED');
  });

  it('has a proven address only where Entra says that the domain is theirs (O4)', async () => {
    for (const [claims, expected] of [
      [{ xms_edov: true }, true],
      [{ xms_edov: '1' }, true],
      [{ xms_edov: false }, false],
      [{ email_verified: true }, false],
    ] as const) {
      const identity = await single().verifyIdToken(provider.issueIdToken({ person: 'ada', claims }), {});
      expect(identity.emailVerified).toBe(expected);
    }
  });

  it('of another tenant is not let in, though Microsoft’s keys sign for it (O5)', async () => {
    expect(await refusalOf(signedIn(single(), { loginHint: 'stranger' }))).toBe('refused TENANT_NOT_ALLOWED');
  });

  it.each([
    ['without a tenant', { tid: undefined, iss: 'https://login.example.test' }],
    ['with a tenant that is no GUID', { tid: 'corp.test' }],
    ['with a list for tenant', { tid: [HOME_TENANT] }],
    ['with a template for tenant', { tid: '{tenantid}' }],
    ['without an object', { oid: undefined }],
    ['with an object that is no GUID', { oid: 'ada' }],
    ['of the former endpoint', { ver: '1.0' }],
    ['without a version', { ver: undefined }],
  ])('%s is refused', async (_, claims) => {
    const token = provider.issueIdToken({ person: 'ada', claims });
    expect(await refusalOf(single().verifyIdToken(token, {}))).toBe('refused TOKEN_INVALID');
  });
});

describe('where many tenants may sign in', () => {
  it('those of the list come in, and nobody else (O5)', async () => {
    for (const [person, tenant] of [
      ['ada', HOME_TENANT],
      ['partner', PARTNER],
    ] as const) {
      const { identity } = await signedIn(many(), { loginHint: person });
      expect(identity).toMatchObject({ tenantId: tenant, issuer: provider.issuer(tenant) });
    }
    expect(await refusalOf(signedIn(many(), { loginHint: 'stranger' }))).toBe('refused TENANT_NOT_ALLOWED');
    expect(await refusalOf(many().verifyBearer(provider.issueAccessToken({ person: 'stranger' })))).toBe(
      'refused TENANT_NOT_ALLOWED',
    );
    expect(await refusalOf(many().verifyLogoutToken(provider.issueLogoutToken({ person: 'stranger' })))).toBe(
      'refused TENANT_NOT_ALLOWED',
    );
  });

  it('a token that names one tenant and the issuer of another is refused (O5)', async () => {
    for (const claims of [
      { tid: HOME_TENANT, iss: provider.issuer(STRANGER) },
      { tid: HOME_TENANT, iss: provider.issuer(PARTNER) },
      { iss: provider.issuer('{tenantid}') },
      { iss: provider.issuer().replace('/v2.0', '/') },
      { iss: provider.issuer().replace('http:', 'https:') },
    ]) {
      const token = provider.issueIdToken({ person: 'ada', claims });
      expect(await refusalOf(many().verifyIdToken(token, {}))).toBe('refused ISSUER_MISMATCH');
    }
  });

  it('a key for one tenant signs for no other, and one that says nothing for none (O5)', async () => {
    const other = provider.issueIdToken({ person: 'ada', key: 'other-issuer' });
    expect(await refusalOf(many().verifyIdToken(other, {}))).toBe('refused TOKEN_INVALID');
    expect(await refusalOf(single().verifyIdToken(other, {}))).toBe('refused TOKEN_INVALID');
    const silent = many();
    const keys = (await (await fetch(`${provider.origin}/common/discovery/v2.0/keys`)).json()) as { keys: object[] };
    provider.lie({ at: 'jwks', times: 2, members: { keys: keys.keys.map((key) => ({ ...key, issuer: undefined })) } });
    expect(await refusalOf(silent.verifyIdToken(provider.issueIdToken({ person: 'ada' }), {}))).toBe(
      'refused TOKEN_INVALID',
    );
  });

  it('metadata of one tenant is no template for all, nor the other way round (O2, O5)', async () => {
    for (const issuer of [provider.issuer(STRANGER), provider.issuer(), `${provider.origin}/{tenantid}/v1.0`]) {
      provider.lie({ at: 'discovery', members: { issuer } });
      expect(await refusalOf(many().start({ redirectUri: CALLBACK }))).toBe('refused ISSUER_MISMATCH');
    }
    for (const issuer of [provider.issuer('{tenantid}'), provider.issuer(STRANGER)]) {
      provider.lie({ at: 'discovery', members: { issuer } });
      expect(await refusalOf(single().start({ redirectUri: CALLBACK }))).toBe('refused ISSUER_MISMATCH');
    }
  });

  it('an issuer named at the callback must be the one of the token (RFC 9207)', async () => {
    for (const [iss, outcome] of [
      [provider.issuer(STRANGER), 'refused ISSUER_MISMATCH'],
      [provider.issuer(PARTNER), 'refused ISSUER_MISMATCH'],
      [provider.issuer(), 'taken'],
    ] as const) {
      provider.lie({ at: 'authorize', callback: { iss } });
      const login = signedIn(many(), { loginHint: 'ada' });
      expect(await (outcome === 'taken' ? login.then(() => 'taken') : refusalOf(login))).toBe(outcome);
    }
  });

  it('a front-channel logout may name the tenants of the list', () => {
    const client = many();
    expect(
      [provider.issuer(), provider.issuer(PARTNER), provider.issuer(STRANGER), 'x'].map((issuer) =>
        client.acceptsIssuer(issuer),
      ),
    ).toEqual([true, true, false, false]);
  });

  it('a tenant given by its domain is the one the metadata names', async () => {
    const client = aClient({ tenant: 'corp.example' });
    const keys = `${provider.origin}/${HOME_TENANT}/discovery/v2.0/keys`;
    provider.lie({ at: 'discovery', members: { issuer: provider.issuer(), jwks_uri: keys } });
    await expect(signedIn(client, { loginHint: 'ada' })).resolves.toBeDefined();
    expect(await refusalOf(signedIn(client, { loginHint: 'partner' }))).toBe('refused TENANT_NOT_ALLOWED');
  });

  it('personal accounts come in where the tenant is consumers, and only they', async () => {
    const consumers = '9188040d-6c67-4c5b-b112-36a304b66dad';
    provider.people.add({ handle: 'at-home', tenantId: consumers });
    await expect(signedIn(aClient({ tenant: 'consumers' }), { loginHint: 'at-home' })).resolves.toBeDefined();
    expect(await refusalOf(signedIn(aClient({ tenant: 'consumers' }), { loginHint: 'ada' }))).toBe(
      'refused TENANT_NOT_ALLOWED',
    );
  });
});

describe('settings', () => {
  const settings = { type: 'entra', clientId: 'c', credential: { type: 'none' } };
  it.each([
    ['many tenants without a list (O5)', { tenant: 'common' }, 'allowedTenants'],
    ['organizations without a list (O5)', { tenant: 'organizations', allowedTenants: [] }, 'allowedTenants'],
    ['a list of domains', { tenant: 'common', allowedTenants: ['corp.test'] }, 'allowedTenants'],
    [
      'one tenant and a list of others',
      { tenant: HOME_TENANT, allowedTenants: [HOME_TENANT, PARTNER] },
      'allowedTenants',
    ],
    ['a tenant that is a path', { tenant: 'a/../b' }, 'tenant'],
    ['an authority by plain http', { tenant: HOME_TENANT, authority: 'http://login.example.test' }, 'authority'],
    ['an authority on this machine (C10)', { tenant: HOME_TENANT, authority: 'https://127.0.0.1' }, 'authority'],
    ['a Graph on the network next door (C10)', { tenant: HOME_TENANT, graphUrl: 'https://10.0.0.1' }, 'graphUrl'],
    ['no openid scope', { tenant: HOME_TENANT, scopes: ['profile'] }, 'scopes'],
    [
      'a key that is none',
      { tenant: HOME_TENANT, credential: { type: 'private_key', privateKeyPem: 'secret words' } },
      'credential',
    ],
  ])('with %s are refused', (_, changes, option) => {
    const result = providerSettings.safeParse({ ...settings, ...changes });
    expect(result.error?.issues.map(({ path }) => path.join('.'))).toEqual([option]);
    expect(JSON.stringify(result.error)).not.toMatch(/secret words/);
  });

  it('that went round the schema are refused all the same', () => {
    const good = providerSettings.parse({ ...settings, tenant: HOME_TENANT });
    expect(() => createOidcClient('entra', { ...good, tenant: 'common' } as typeof good)).toThrow(
      ProviderMisconfigured,
    );
  });

  it.each([
    ['public', 'https://login.microsoftonline.com', 'https://graph.microsoft.com'],
    ['usgov', 'https://login.microsoftonline.us', 'https://graph.microsoft.us'],
    ['china', 'https://login.partner.microsoftonline.cn', 'https://microsoftgraph.chinacloudapi.cn'],
  ])('of the cloud %s lead to its own authority and Graph', (cloud, authority, graph) => {
    const parsed = providerSettings.parse({ ...settings, tenant: HOME_TENANT, cloud });
    if (parsed.type !== 'entra') throw new Error('another type');
    expect([authorityOf(parsed), graphUrlOf(parsed)]).toEqual([authority, graph]);
  });
});

describe('somebody in more groups than fit into a token', () => {
  const busy = (onOverage: string) => signedIn(aClient({ groups: { onOverage } }), { loginHint: 'busy' });

  it('has unknown groups, which are not no groups', async () => {
    expect((await busy('ignore')).identity.groups).toBe('unknown');
    const client = aClient();
    const token = provider.issueIdToken({ person: 'ada', claims: { groups: undefined, hasgroups: true } });
    expect((await client.verifyIdToken(token, {})).groups).toBe('unknown');
    expect(provider.count('graph')).toBe(0);
  });

  it('is turned away where that was asked for', async () => {
    expect(await refusalOf(busy('deny'))).toBe('refused GROUPS_UNKNOWN');
  });

  it('has them read from Graph, page by page, at login and at refresh', async () => {
    const { identity, tokens } = await busy('graph');
    expect(identity.groups).toEqual(GROUPS);
    expect(provider.count('graph')).toBe(3);
    const renewed = await aClient({ groups: { onOverage: 'graph' } }).refresh(tokens, identity);
    expect(renewed.identity?.groups).toEqual(GROUPS);
    // Where the token says that they are, nobody asked.
    expect(provider.requestsTo('graph').every(({ headers }) => headers.host === new URL(provider.origin).host)).toBe(
      true,
    );
  });

  it.each([
    ['refuses', { status: 403 }],
    ['is away', { status: 503 }],
    ['answers with no list', { members: { value: {} } }],
    ['answers with something else', { body: '<html>', contentType: 'text/html' }],
    ['sends somewhere else', { redirectTo: 'http://127.0.0.1:1/' }],
  ] as readonly (readonly [string, Lie])[])(
    'has unknown groups where Graph %s, and the operator hears of it',
    async (_, lie) => {
      provider.lie({ at: 'graph', ...lie });
      expect((await busy('graph')).identity.groups).toBe('unknown');
      expect(warnings.map(({ code }) => code)).toEqual(['GROUPS_NOT_FETCHED']);
      expect(provider.count('graph')).toBe(1);
    },
  );

  it('does not have their token carried to another host that a page of the answer names', async () => {
    const thief = await startScriptedProvider({ clock });
    const elsewhere = `${thief.origin}/graph/v1.0/me/transitiveMemberOf`;
    provider.lie({ at: 'graph', members: { '@odata.nextLink': elsewhere } });
    expect((await busy('graph')).identity.groups).toBe('unknown');
    expect(thief.requests).toEqual([]);
    await thief.close();
  });

  it('has unknown groups where Graph leads on for ever', async () => {
    const again = `${provider.graphUrl}/v1.0/me/transitiveMemberOf`;
    provider.lie({ at: 'graph', times: 50, members: { '@odata.nextLink': again } });
    expect((await busy('graph')).identity.groups).toBe('unknown');
    expect(provider.count('graph')).toBe(20);
  });
});

describe('a bearer token of Entra', () => {
  const API = 'api://orders';
  const bearer = (given: Parameters<ScriptedProvider['issueAccessToken']>[0] = {}) =>
    aClient({ bearerAudiences: [API] }).verifyBearer(provider.issueAccessToken({ person: 'ada', ...given }));

  it('for our API tells person, scopes and roles', async () => {
    for (const audience of [undefined, API]) {
      expect(await bearer({ audience, scope: 'Orders.Read Orders.Write' })).toMatchObject({
        subjectKind: 'person',
        key: `entra|${HOME_TENANT}|${provider.people.find('ada')!.objectId}`,
        scopes: ['Orders.Read', 'Orders.Write'],
        clientId: provider.clientId,
      });
    }
  });

  it('of an application is not the token of a person', async () => {
    const claims = { scp: undefined, roles: ['Orders.Read.All'] };
    expect(await bearer({ claims })).toMatchObject({
      subjectKind: 'application',
      scopes: [],
      roles: ['Orders.Read.All'],
    });
    expect(await bearer({ claims: { idtyp: 'app' } })).toMatchObject({ subjectKind: 'application' });
  });

  it.each([
    ['for Graph', { audience: '00000003-0000-0000-c000-000000000000' }, 'AUDIENCE_MISMATCH'],
    ['for another API', { audience: 'api://other' }, 'AUDIENCE_MISMATCH'],
    ['of the former endpoint', { claims: { ver: '1.0' } }, 'TOKEN_INVALID'],
    ['that grants nothing', { claims: { scp: undefined, roles: undefined } }, 'TOKEN_INVALID'],
    ['made for no client', { claims: { azp: undefined } }, 'TOKEN_INVALID'],
    ['with the nonce of an ID token', { claims: { nonce: 'n' } }, 'TOKEN_INVALID'],
  ])('%s is refused', async (_, given, code) => {
    expect(await refusalOf(bearer(given))).toBe(`refused ${code}`);
  });

  it('is no ID token, and an ID token for us is no bearer token: same keys, same issuer, same audience', async () => {
    const idToken = provider.issueIdToken({ person: 'ada', claims: { nonce: undefined } });
    expect(await refusalOf(single().verifyBearer(idToken))).toBe('refused TOKEN_INVALID');
    const accessToken = provider.issueAccessToken({ person: 'ada' });
    expect(await refusalOf(single().verifyIdToken(accessToken, {}))).toBe('refused TOKEN_INVALID');
  });
});

describe('the proof of who we are', () => {
  const folder = testFolder('oidc-credentials');
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();

  async function provedBy(
    clientAuthentication: ClientAuthentication,
    credential: object,
    kind: 'entra' | 'generic' = 'entra',
  ) {
    // Without characters that some encode in the header and others do not.
    const ours = { clientId: 'gatehouse', clientSecret: 'wordsOfThisTestAlone' };
    const strict = await startScriptedProvider({ kind, clock, clientAuthentication, ...ours });
    strict.people.add();
    const onWarning = (warning: OidcWarning) => warnings.push(warning);
    return { strict, client: createOidcClient('entra', strict.settings({ credential }), { clock, onWarning }) };
  }

  function certificate(days: number): { certificatePem: string; privateKeyPem: string } {
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    execFileSync(
      'openssl',
      [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-keyout',
        key,
        '-out',
        cert,
        '-days',
        String(days),
        '-subj',
        '/CN=gatehouse',
      ],
      { stdio: 'ignore' },
    );
    return { certificatePem: readFileSync(cert, 'utf8'), privateKeyPem: readFileSync(key, 'utf8') };
  }

  it('is a certificate: PS256 with both thumbprints, made out to the token endpoint', async () => {
    const pems = certificate(400);
    const { strict, client } = await provedBy(
      { method: 'private_key_jwt', publicPem: pems.certificatePem },
      { type: 'certificate', ...pems },
    );
    await signedIn(client);
    const assertion = strict.requestsTo('token')[0]!.form.get('client_assertion')!;
    expect(decodeProtectedHeader(assertion)).toMatchObject({
      alg: 'PS256',
      typ: 'JWT',
      x5t: Buffer.from(new X509Certificate(pems.certificatePem).fingerprint.replaceAll(':', ''), 'hex').toString(
        'base64url',
      ),
      'x5t#S256': Buffer.from(
        new X509Certificate(pems.certificatePem).fingerprint256.replaceAll(':', ''),
        'hex',
      ).toString('base64url'),
    });
    expect(decodeJwt(assertion)).toMatchObject({
      iss: strict.clientId,
      sub: strict.clientId,
      aud: `${strict.origin}/${HOME_TENANT}/oauth2/v2.0/token`,
      exp: clock.nowSeconds() + 60,
    });
    await strict.close();
  });

  it('is a certificate that belongs to its key, and whose end is told of in time', () => {
    const pems = certificate(10);
    const settings = { ...provider.settings(), credential: { type: 'certificate' as const, ...pems } };
    createOidcClient('entra', settings, { onWarning: (warning) => warnings.push(warning) });
    expect(warnings.map(({ code }) => code)).toEqual(['CERTIFICATE_ENDS']);
    const mixed = { ...settings, credential: { ...settings.credential, privateKeyPem } };
    expect(() => createOidcClient('entra', mixed)).toThrow('the certificate does not belong to the private key');
  });

  it('is a key with an id; made out to the issuer where it is not Entra, so that no other server can use it', async () => {
    const credential = { type: 'private_key', privateKeyPem, keyId: 'k1' };
    const { strict, client } = await provedBy({ method: 'private_key_jwt', publicPem }, credential, 'generic');
    await signedIn(client);
    const assertion = strict.requestsTo('token')[0]!.form.get('client_assertion')!;
    expect(decodeProtectedHeader(assertion)).toMatchObject({ alg: 'ES256', kid: 'k1' });
    expect(decodeJwt(assertion).aud).toBe(strict.issuer());
    await strict.close();
  });

  it('is the token in a file, read anew for each call', async () => {
    const tokenFile = join(folder, 'federated-token');
    const { strict, client } = await provedBy({ method: 'federated' }, { type: 'federated', tokenFile });
    expect(await refusalOf(signedIn(client))).toBe('unavailable PROVIDER_ERROR');
    for (const round of [1, 2]) {
      writeFileSync(tokenFile, `${strict.issueFederatedAssertion()}\n`);
      await signedIn(client);
      expect(strict.requestsTo('token')).toHaveLength(round);
    }
    const [first, second] = strict.requestsTo('token').map(({ form }) => form.get('client_assertion'));
    expect(first).not.toBe(second);
    rmSync(tokenFile);
    expect(await refusalOf(signedIn(client))).toBe('unavailable PROVIDER_ERROR');
    await strict.close();
  });

  it('is nothing for a public client, and a secret in the body or, where nothing else is taken, in the header', async () => {
    const open = await provedBy({ method: 'none' }, { type: 'none' });
    await signedIn(open.client);
    const secret = { type: 'secret', secret: open.strict.clientSecret };
    const basic = await provedBy({ method: 'client_secret_basic' }, secret);
    basic.strict.lie({ at: 'discovery', members: { token_endpoint_auth_methods_supported: ['client_secret_basic'] } });
    await signedIn(basic.client);
    expect(basic.strict.requestsTo('token')[0]!.form.has('client_secret')).toBe(false);
    await Promise.all([open.strict.close(), basic.strict.close()]);
  });

  it('that the provider does not take turns nobody’s session off, and the operator hears of it', async () => {
    const { strict, client } = await provedBy(
      { method: 'client_secret_post' },
      { type: 'secret', secret: 'of-another-application' },
    );
    expect(await refusalOf(signedIn(client))).toBe('unavailable PROVIDER_ERROR');
    expect(warnings.map(({ code }) => code)).toEqual(['CREDENTIAL_REFUSED']);
    await strict.close();
  });
});

it('the end of a session names the person by the hint that Entra gave, and by no token', async () => {
  const url = await single().endSessionUrl({
    postLogoutRedirectUri: 'https://app.example.test/',
    idToken: 'a.b.c',
    loginHint: 'O.hint',
  });
  expect(url!.searchParams.get('logout_hint')).toBe('O.hint');
  expect(url!.searchParams.has('id_token_hint')).toBe(false);
});
