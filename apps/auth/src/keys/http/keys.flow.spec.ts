import { createPublicKey, verify } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { ConfigError } from '@gatehouse/config';
import { KEY_BUNDLE_TYPE, type KeyBundle } from '@gatehouse/contracts';
import { randomHex } from '@gatehouse/kernel';
import { testFolder } from '@gatehouse/testing';
import { type RunningAuth, startAuth } from '../../../test/start-auth.js';
import { generateSecrets } from '../../config/embedded-secrets.js';

const dataDir = testFolder('auth-keys-flow');
const part = (text: string, index: number): unknown =>
  JSON.parse(String(Buffer.from(text.split('.')[index] ?? '', 'base64url')));

describe('the keys over HTTP', () => {
  let auth: RunningAuth;
  beforeAll(async () => {
    auth = await startAuth({ DATA_DIR: dataDir, AUTH_AUDIENCE: 'shop', ACCESS_TOKEN_EXPIRY: '5m' });
  });
  afterAll(() => auth.close());

  const anAccessToken = async (): Promise<string> => {
    const body = { email: `${randomHex(6)}@example.test`, password: 'correct horse battery' };
    await auth.ask('POST', '/api/v1/auth/signup', { body });
    return (await auth.ask('POST', '/api/v1/auth/signin', { body })).body.data.access_token as string;
  };

  it.each(['/.well-known/jwks.json', '/api/v1/auth/jwks'])(
    'are a JWK Set at %s that clients may keep',
    async (path) => {
      const { status, headers, body } = await auth.ask('GET', path);
      expect(status).toBe(200);
      expect(headers['content-type']).toMatch(/^application\/jwk-set\+json(;|$)/);
      expect(headers['cache-control']).toMatch(/^public, max-age=\d+/);
      expect(body.keys).toHaveLength(2);
      for (const key of body.keys) {
        expect(Object.keys(key).sort()).toEqual(['alg', 'crv', 'kid', 'kty', 'use', 'x', 'y']);
      }
    },
  );

  it('are not sent again to whoever has them', async () => {
    const first = await auth.ask('GET', '/.well-known/jwks.json');
    const again = await auth.ask('GET', '/.well-known/jwks.json', {
      headers: { 'if-none-match': first.headers['etag']! },
    });
    expect(again.status).toBe(304);
    expect(again.text).toBe('');
    expect(again.headers['etag']).toBe(first.headers['etag']);
  });

  it('verify the access tokens', async () => {
    const token = await anAccessToken();
    const { kid, alg } = part(token, 0) as { kid: string; alg: string };
    const { body } = await auth.ask('GET', '/.well-known/jwks.json');
    const jwk = body.keys.find((key: { kid: string }) => key.kid === kid);
    expect(alg).toBe(jwk.alg);
    const [header, claims, signature] = token.split('.');
    const key = { key: createPublicKey({ key: jwk, format: 'jwk' }), dsaEncoding: 'ieee-p1363' as const };
    expect(verify('sha256', Buffer.from(`${header}.${claims}`), key, Buffer.from(signature!, 'base64url'))).toBe(true);
    expect(part(token, 1)).toMatchObject({ iss: 'http://auth.test', aud: 'shop' });
  });

  it('come as a bundle under the root key, over HTTP and as a file', async () => {
    const { status, headers, text } = await auth.ask('GET', '/.well-known/key-bundle.jws');
    expect(status).toBe(200);
    expect(headers['content-type']).toBe('application/jose');
    expect(part(text, 0)).toEqual({ alg: 'ES256', typ: KEY_BUNDLE_TYPE });
    const bundle = part(text, 1) as KeyBundle;
    const { body } = await auth.ask('GET', '/.well-known/jwks.json');
    expect(bundle).toMatchObject({ iss: 'http://auth.test', aud: 'shop', max_token_seconds: 300, keys: body.keys });

    const anchor = (await readFile(join(dataDir, 'trust-anchor.txt'), 'utf8')).trim();
    const key = createPublicKey({ key: Buffer.from(anchor, 'base64'), format: 'der', type: 'spki' });
    const [header, payload, signature] = text.split('.');
    const signed = Buffer.from(`${header}.${payload}`);
    expect(verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature!, 'base64url'))).toBe(
      true,
    );
    await expect(readFile(join(dataDir, 'key-bundle.jws'), 'utf8')).resolves.toBe(`${text}\n`);
  });

  it.each(['/.well-known/openid-configuration', '/.well-known/oauth-authorization-server'])(
    'are found through %s, which claims nothing that is not there',
    async (path) => {
      const { status, body } = await auth.ask('GET', path);
      expect(status).toBe(200);
      expect(body.issuer).toBe('http://auth.test');
      const urls = Object.entries(body as Record<string, unknown>).filter(([name]) => /_(uri|endpoint)$/.test(name));
      expect(urls.map(([name]) => name)).toContain('jwks_uri');
      for (const [name, url] of urls) {
        const method = name === 'jwks_uri' ? 'GET' : 'POST';
        expect([404, 405]).not.toContain((await auth.ask(method, new URL(String(url)).pathname)).status);
      }
    },
  );

  it('lie in the data directory for nobody else to read', async () => {
    for (const file of ['key-encryption-key', 'root-signing-key.pem']) {
      expect((await stat(join(dataDir, file))).mode & 0o777).toBe(0o600);
    }
  });
});

it('keeps its keys over a restart, and raises the bundle’s version when it says something new', async () => {
  const folder = testFolder('auth-keys-restart');
  const bundleOf = async (env: Record<string, string>): Promise<KeyBundle> => {
    const auth = await startAuth({ DATA_DIR: folder, ...env });
    const { text } = await auth.ask('GET', '/.well-known/key-bundle.jws');
    await auth.close();
    return part(text, 1) as KeyBundle;
  };
  const first = await bundleOf({});
  const second = await bundleOf({});
  const third = await bundleOf({ ACCESS_TOKEN_EXPIRY: '1m' });
  expect(second.keys).toEqual(first.keys);
  expect(second.ver).toBe(first.ver);
  expect(third.ver).toBe(first.ver + 1);
  expect(third.max_token_seconds).toBe(60);
});

it('refuses to start with a master key that does not open its keys, without telling either', async () => {
  const folder = testFolder('auth-keys-wrong');
  await (await startAuth({ DATA_DIR: folder })).close();
  const { keyEncryptionKey } = generateSecrets();
  const start = startAuth({ DATA_DIR: folder, KEY_ENCRYPTION_KEY: keyEncryptionKey });
  await expect(start).rejects.toThrow(ConfigError);
  await expect(start).rejects.not.toThrow(keyEncryptionKey);
});
