import { freshMysqlDatabaseUrl, sharedRedisUrl } from '@gatehouse/testing';
import { aProof, aServiceKey, proofForm, type ServiceKey } from '../../../test/client-proof.js';
import {
  ACCOUNTS,
  aService,
  claimsOf,
  type KnownService,
  sendForm,
  type SignedIn,
  signIn,
  TOKEN,
  tokenOf,
} from '../../../test/oauth-world.js';
import { type RunningAuth, startAuth } from '../../../test/start-auth.js';
import { generateSecrets } from '../../config/embedded-secrets.js';

const ask = (auth: RunningAuth, proof: string, more: Record<string, string> = {}) =>
  sendForm(auth, TOKEN, proofForm(proof, more));

describe('a service that proves itself with a key (RFC 7523)', () => {
  let auth: RunningAuth;
  let admin: SignedIn;
  let key: ServiceKey;
  let service: KnownService;
  const withKeys = (...keys: ServiceKey[]) => aService(auth, admin, { jwks: { keys: keys.map(({ jwk }) => jwk) } });
  beforeAll(async () => {
    auth = await startAuth();
    admin = await signIn(auth, ['user', 'admin']);
    key = aServiceKey();
    service = await withKeys(key);
  });
  afterAll(() => auth.close());

  it.each(['ES256', 'EdDSA', 'RS256'] as const)('gets a token with %s, and needs no secret', async (alg) => {
    const own = aServiceKey(alg);
    const { clientId, secret } = await withKeys(own);
    expect(secret).toBeUndefined();
    const answer = await ask(auth, aProof(own, clientId), { client_id: clientId });
    expect(answer.status).toBe(200);
    expect(claimsOf(answer.body.access_token as string)['sub']).toBe(clientId);
  });

  it('may change keys without a moment in which none is right', async () => {
    const [old, fresh] = [aServiceKey(), aServiceKey('EdDSA')];
    const { clientId } = await withKeys(old, fresh);
    for (const each of [old, fresh]) expect((await ask(auth, aProof(each, clientId))).status).toBe(200);
    const body = { jwks: { keys: [fresh.jwk] } };
    expect((await auth.ask('PATCH', `${ACCOUNTS}/${clientId}`, { token: admin.accessToken, body })).status).toBe(200);
    expect((await ask(auth, aProof(old, clientId))).body.error).toBe('invalid_client');
    expect((await ask(auth, aProof(fresh, clientId))).status).toBe(200);
  });

  const now = () => Math.floor(Date.now() / 1000);
  const bad: [string, () => string][] = [
    ['signed by somebody else', () => aProof({ ...aServiceKey(), jwk: key.jwk }, service.clientId)],
    ['of a key it does not name', () => aProof(key, service.clientId, {}, { kid: 'another' })],
    ['of an unknown client', () => aProof(key, 'svc_000000000000000000000000')],
    ['of another client than it says', () => aProof(key, service.clientId, { iss: 'svc_another' })],
    ['for the token endpoint', () => aProof(key, service.clientId, { aud: `http://auth.test${TOKEN}` })],
    [
      'for another server as well',
      () => aProof(key, service.clientId, { aud: ['http://auth.test', 'https://evil.test'] }),
    ],
    ['for nobody', () => aProof(key, service.clientId, { aud: undefined })],
    ['that has expired', () => aProof(key, service.clientId, { iat: now() - 100, exp: now() - 31 })],
    ['that lives too long', () => aProof(key, service.clientId, { exp: now() + 400 })],
    ['that never expires', () => aProof(key, service.clientId, { exp: undefined })],
    ['with text for a time', () => aProof(key, service.clientId, { exp: String(now() + 60) })],
    ['with no finite time', () => aProof(key, service.clientId, { exp: 1e308 })],
    ['of the future', () => aProof(key, service.clientId, { iat: now() + 60, exp: now() + 100 })],
    ['of long ago', () => aProof(key, service.clientId, { iat: now() - 400 })],
    ['not valid yet', () => aProof(key, service.clientId, { nbf: now() + 60 })],
    ['without a name', () => aProof(key, service.clientId, { jti: undefined })],
    ['with an empty name', () => aProof(key, service.clientId, { jti: '' })],
    ['with an endless name', () => aProof(key, service.clientId, { jti: 'x'.repeat(300) })],
    ['of another kind of JWT', () => aProof(key, service.clientId, {}, { typ: 'at+jwt' })],
    ['with an extension', () => aProof(key, service.clientId, {}, { crit: ['x'], x: 1 })],
    ['unsigned', () => `${aProof(key, service.clientId, {}, { alg: 'none' }).split('.').slice(0, 2).join('.')}.`],
    ['with a header that asks for HS256', () => aProof(key, service.clientId, {}, { alg: 'HS256' })],
    ['that is no JWT', () => 'x'],
    ['that is JSON of nothing', () => 'bnVsbA.bnVsbA.AA'],
    ['of a megabyte', () => `${'a'.repeat(10_000)}.b.c`],
  ];
  it.each(bad)('is refused with a proof %s', async (_name, proof) => {
    const answer = await ask(auth, proof());
    expect([answer.status, answer.body.error]).toEqual([401, 'invalid_client']);
    // By contrast: it was the proof that was refused.
    expect((await ask(auth, aProof(key, service.clientId))).status).toBe(200);
  });

  it('is refused when the form names another client than the proof', async () => {
    const answer = await ask(auth, aProof(key, service.clientId), { client_id: 'svc_another' });
    expect(answer.body.error).toBe('invalid_client');
  });

  it('may use a proof once', async () => {
    const proof = aProof(key, service.clientId);
    expect((await ask(auth, proof)).status).toBe(200);
    expect((await ask(auth, proof)).body.error).toBe('invalid_client');
  });

  it('is not kept from using a name that another service has used', async () => {
    const other = aServiceKey();
    const { clientId } = await withKeys(other);
    expect((await ask(auth, aProof(key, service.clientId, { jti: 'same' }))).status).toBe(200);
    expect((await ask(auth, aProof(other, clientId, { jti: 'same' }))).status).toBe(200);
  });

  it('does not use up its names by proofs somebody else made up', async () => {
    await ask(auth, aProof({ ...aServiceKey(), jwk: key.jwk }, service.clientId, { jti: 'reserved' }));
    expect((await ask(auth, aProof(key, service.clientId, { jti: 'reserved' }))).status).toBe(200);
  });

  it('cannot take an access token of its own for a proof, nor the other way round (J6)', async () => {
    const withSecret = await aService(auth, admin);
    expect((await ask(auth, await tokenOf(auth, withSecret))).body.error).toBe('invalid_client');
    const answer = await auth.ask('GET', '/api/v1/sessions', { token: aProof(key, service.clientId) });
    expect([answer.status, answer.body.error.code]).toEqual([401, 'TOKEN_INVALID']);
  });
});

describe('several instances', () => {
  let instances: RunningAuth[];
  beforeAll(async () => {
    const { keyEncryptionKey, rootSigningKey } = generateSecrets();
    const env = {
      DATABASE_URL: await freshMysqlDatabaseUrl(),
      REDIS_URL: await sharedRedisUrl(),
      KEY_ENCRYPTION_KEY: keyEncryptionKey,
      ROOT_SIGNING_KEY: rootSigningKey,
    };
    instances = [await startAuth(env), await startAuth(env)];
  }, 60_000);
  afterAll(() => Promise.all((instances ?? []).map((each) => each.close())));

  it('take one proof once between them, however many use it at once', async () => {
    const [first, second] = instances as [RunningAuth, RunningAuth];
    const admin = await signIn(first, ['user', 'admin']);
    const key = aServiceKey();
    const { clientId } = await aService(first, admin, { jwks: { keys: [key.jwk] } });
    for (let round = 0; round < 5; round++) {
      const proof = aProof(key, clientId);
      const answers = await Promise.all(Array.from({ length: 20 }, (_, n) => ask(n % 2 ? first : second, proof)));
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
      expect(answers.filter(({ body }) => body.error === 'invalid_client')).toHaveLength(19);
    }
  });
});
