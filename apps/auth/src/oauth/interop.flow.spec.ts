// A client that nobody here wrote, over a real socket, with nothing but the address of the issuer.
import type { AddressInfo } from 'node:net';
import type { JsonWebKey, webcrypto } from 'node:crypto';
import { freePort } from '@gatehouse/testing';
import * as client from 'openid-client';
import { aServiceKey } from '../../test/client-proof.js';
import { aService, type KnownService, sendForm, type SignedIn, signIn } from '../../test/oauth-world.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';

const ALL = ['orders:read', 'tokens:introspect', 'tokens:introspect-refresh', 'tokens:revoke'];

let auth: RunningAuth;
let admin: SignedIn;
let issuer: URL;

beforeAll(async () => {
  const port = await freePort();
  issuer = new URL(`http://127.0.0.1:${port}`);
  auth = await startAuth({ PUBLIC_URL: issuer.origin });
  await auth.app.listen(port, '127.0.0.1');
  expect((auth.app.getHttpServer().address() as AddressInfo).port).toBe(port);
  admin = await signIn(auth, ['user', 'admin']);
});
afterAll(() => auth.close());

const insecure = { execute: [client.allowInsecureRequests] };

const discover = (algorithm: 'oauth2' | 'oidc', { clientId }: KnownService, authentication: client.ClientAuth) =>
  client.discovery(issuer, clientId, undefined, authentication, { ...insecure, algorithm });

/** Everything a service does, as the library does it. */
async function walk(config: client.Configuration, service: KnownService): Promise<void> {
  const granted = await client.clientCredentialsGrant(config, { scope: 'orders:read' });
  expect(granted).toMatchObject({ token_type: 'bearer', scope: 'orders:read', expires_in: 900 });
  const active = await client.tokenIntrospection(config, granted.access_token);
  expect(active).toMatchObject({
    active: true,
    sub: service.clientId,
    client_id: service.clientId,
    scope: 'orders:read',
  });
  await client.tokenRevocation(config, granted.access_token);
  // The list of this process follows its feed within milliseconds.
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(await client.tokenIntrospection(config, granted.access_token)).toEqual({ active: false });
  await expect(client.clientCredentialsGrant(config, { scope: 'everything' })).rejects.toMatchObject({
    status: 400,
    error: 'invalid_scope',
  });
}

describe('openid-client', () => {
  it.each(['oauth2', 'oidc'] as const)('finds its way by %s discovery', async (algorithm) => {
    const service = await aService(auth, admin, { scopes: ALL });
    const config = await discover(algorithm, service, client.ClientSecretBasic(service.secret));
    await walk(config, service);
  });

  it.each([
    ['client_secret_basic', client.ClientSecretBasic],
    ['client_secret_post', client.ClientSecretPost],
  ] as const)('gets, asks about and ends tokens with %s', async (_name, method) => {
    const service = await aService(auth, admin, { scopes: ALL });
    await walk(await discover('oauth2', service, method(service.secret)), service);
  });

  it.each([
    ['ES256', { name: 'ECDSA', namedCurve: 'P-256' }],
    ['Ed25519', { name: 'Ed25519' }],
    ['RS256', { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }],
  ] as const)('gets, asks about and ends tokens with private_key_jwt (%s)', async (name, algorithm) => {
    const own = aServiceKey(name === 'Ed25519' ? 'EdDSA' : name);
    const service = await aService(auth, admin, { scopes: ALL, jwks: { keys: [own.jwk] } });
    const pkcs8 = own.privateKey.export({ format: 'jwk' }) as JsonWebKey;
    const key: webcrypto.CryptoKey = await crypto.subtle.importKey('jwk', pkcs8, algorithm, false, ['sign']);
    const config = await discover('oauth2', service, client.PrivateKeyJwt({ key, kid: own.jwk.kid }));
    await walk(config, service);
  });

  it('refreshes and signs out a person as a client without a secret', async () => {
    const person = await signIn(auth);
    const config = await discover('oauth2', { clientId: 'web', secret: '' }, client.None());
    const next = await client.refreshTokenGrant(config, person.refreshToken);
    expect(next.refresh_token).toBeDefined();
    await client.tokenRevocation(config, next.refresh_token ?? '');
    await expect(client.refreshTokenGrant(config, next.refresh_token ?? '')).rejects.toMatchObject({
      status: 400,
      error: 'invalid_grant',
    });
  });

  it('understands why it is refused', async () => {
    const service = await aService(auth, admin);
    const config = await discover('oauth2', service, client.ClientSecretBasic('wrong'));
    await expect(client.clientCredentialsGrant(config)).rejects.toBeInstanceOf(client.WWWAuthenticateChallengeError);
  });
});

describe('the metadata (RFC 8414)', () => {
  const paths = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'];

  it.each(paths)('at %s tells the truth: every endpoint answers, and every method it names works', async (path) => {
    const answer = await fetch(new URL(path, issuer));
    const metadata = (await answer.json()) as Record<string, string | string[]>;
    expect(metadata['issuer']).toBe(issuer.origin);
    const endpoints = Object.entries(metadata).filter(([name]) => /_endpoint$|_uri$/.test(name));
    expect(endpoints.map(([name]) => name).sort()).toEqual([
      'introspection_endpoint',
      'jwks_uri',
      'revocation_endpoint',
      'token_endpoint',
    ]);
    for (const [name, url] of endpoints) {
      const method = name === 'jwks_uri' ? 'GET' : 'POST';
      // Without any parameter an endpoint that is there says what is missing; one that is not would be 404.
      expect([name, (await fetch(String(url), { method })).status]).toEqual([name, name === 'jwks_uri' ? 200 : 400]);
    }
    for (const part of ['token', 'introspection', 'revocation']) {
      const methods = metadata[`${part}_endpoint_auth_methods_supported`];
      expect(methods).toEqual(expect.arrayContaining(['client_secret_basic', 'client_secret_post', 'private_key_jwt']));
      expect(methods?.includes('none')).toBe(part !== 'introspection');
      expect(metadata[`${part}_endpoint_auth_signing_alg_values_supported`]).toEqual([
        'ES256',
        'EdDSA',
        'Ed25519',
        'RS256',
      ]);
    }
    expect(metadata['response_types_supported']).toEqual([]);
  });

  it('names every grant there is, and no other (R7)', async () => {
    const metadata = (await (await fetch(new URL(paths[0] ?? '', issuer))).json()) as {
      grant_types_supported: string[];
    };
    const offered = metadata.grant_types_supported;
    expect(offered).toEqual(['client_credentials', 'refresh_token']);
    const errorOf = async (grant: string) =>
      (await sendForm(auth, '/api/v1/auth/token', { grant_type: grant })).body.error as string;
    for (const grant of offered) expect(await errorOf(grant)).not.toBe('unsupported_grant_type');
    for (const grant of ['password', 'authorization_code', 'implicit', '__proto__']) {
      expect(await errorOf(grant)).toBe('unsupported_grant_type');
    }
  });
});
