import { createPublicKey, generateKeyPairSync, randomUUID } from 'node:crypto';
import { createLocalJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify, SignJWT, type JSONWebKeySet } from 'jose';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  ClientSecretPost,
  discovery,
  refreshTokenGrant,
  type Configuration,
} from 'openid-client';
import { startScriptedProvider, type ScriptedProvider } from '../src/testing/index.js';

const json = async (answer: Response | Promise<Response>) => JSON.parse(await (await answer).text());
const REDIRECT = 'https://app.example.test/callback';
const verifier = 'v'.repeat(43);

async function relyingParty(provider: ScriptedProvider): Promise<Configuration> {
  return discovery(new URL(provider.issuer()), provider.clientId, undefined, ClientSecretPost(provider.clientSecret), {
    execute: [allowInsecureRequests],
  });
}

async function browserBack(client: Configuration, more: Record<string, string> = {}): Promise<URL> {
  const url = buildAuthorizationUrl(client, {
    redirect_uri: REDIRECT,
    scope: 'openid offline_access',
    state: 'state-1',
    nonce: 'nonce-1',
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...more,
  });
  const answer = await fetch(url, { redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? `https://no-redirect.test/${answer.status}`);
}

const checks = { expectedState: 'state-1', expectedNonce: 'nonce-1', pkceCodeVerifier: verifier };

async function signIn(client: Configuration, more: Record<string, string> = {}) {
  return authorizationCodeGrant(client, await browserBack(client, more), checks);
}

describe.each(['generic', 'entra'] as const)('an honest %s provider', (kind) => {
  let provider: ScriptedProvider;
  let client: Configuration;

  beforeAll(async () => {
    provider = await startScriptedProvider({ kind });
    provider.people.add({ handle: 'ada', roles: ['Orders.Read'] });
    client = await relyingParty(provider);
  });
  afterAll(() => provider.close());
  afterEach(() => {
    provider.honest();
    provider.forget();
  });

  it('is believed by a client nobody here wrote, from discovery to refresh and sign-out', async () => {
    const tokens = await signIn(client);
    expect(tokens.claims()).toMatchObject({ iss: provider.issuer(), name: 'ada', roles: ['Orders.Read'] });
    const refreshed = await refreshTokenGrant(client, tokens.refresh_token!);
    expect(refreshed.claims()?.sub).toBe(tokens.claims()?.sub);
    const leave = buildEndSessionUrl(client, { post_logout_redirect_uri: 'https://app.example.test/bye', state: 's' });
    const bye = await fetch(leave, { redirect: 'manual' });
    expect(bye.headers.get('location')).toBe('https://app.example.test/bye?state=s');
    expect([provider.count('authorize'), provider.count('token'), provider.count('end_session')]).toEqual([1, 2, 1]);
  });

  it('takes a code once, and only with its verifier, its redirect URI and the client it was given to', async () => {
    const back = await browserBack(client);
    await authorizationCodeGrant(client, back, checks);
    await expect(authorizationCodeGrant(client, back, checks)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(
      authorizationCodeGrant(client, await browserBack(client), { ...checks, pkceCodeVerifier: 'w'.repeat(43) }),
    ).rejects.toMatchObject({ error: 'invalid_grant' });
    const stranger = await discovery(
      new URL(provider.issuer()),
      provider.clientId,
      undefined,
      ClientSecretPost('guess'),
      {
        execute: [allowInsecureRequests],
      },
    );
    await expect(signIn(stranger)).rejects.toMatchObject({ error: 'invalid_client' });
    const without = await browserBack(client, { code_challenge: '', code_challenge_method: '' });
    expect(without.searchParams.get('error')).toBe('invalid_request');
  });

  it('tells the lies it is asked for, each as often as asked, and is honest again after them', async () => {
    provider.lie({ idToken: { claims: { aud: 'somebody-else' } } });
    await expect(signIn(client)).rejects.toThrow();
    provider.lie({ idToken: { claims: { nonce: 'other' } } });
    await expect(signIn(client)).rejects.toThrow();
    provider.lie({ at: 'authorize', error: 'access_denied' });
    await expect(signIn(client)).rejects.toMatchObject({ error: 'access_denied' });
    provider.lie({ at: 'authorize', callback: { state: 'of-somebody-else' } });
    await expect(signIn(client)).rejects.toThrow();
    provider.lie({ status: 503, times: 2 });
    await expect(signIn(client)).rejects.toThrow();
    await expect(signIn(client)).rejects.toThrow();
    provider.lie({ grant: 'refresh_token', error: 'interaction_required' });
    const tokens = await signIn(client);
    await expect(refreshTokenGrant(client, tokens.refresh_token!)).rejects.toMatchObject({
      error: 'interaction_required',
    });
    await expect(refreshTokenGrant(client, tokens.refresh_token!)).resolves.toBeDefined();
  });

  it('can spoil how an answer travels: reset, redirect, type, doubled members, size', async () => {
    const metadata = () => fetch(`${provider.issuer()}/.well-known/openid-configuration`, { redirect: 'manual' });
    provider.lie({ at: 'discovery', drop: true });
    await expect(metadata()).rejects.toThrow();
    provider.lie({ at: 'discovery', redirectTo: 'http://127.0.0.1:1/' });
    expect((await metadata()).status).toBe(302);
    provider.lie({ at: 'discovery', contentType: 'text/html', body: '<p>' });
    expect(await (await metadata()).text()).toBe('<p>');
    provider.lie({ at: 'discovery', duplicates: { issuer: 'https://evil.test' }, paddingBytes: 100_000 });
    const text = await (await metadata()).text();
    expect(text.length).toBeGreaterThan(100_000);
    expect(text.match(/"issuer"/g)).toHaveLength(2);
    provider.lie({ at: 'discovery', slowBodyMs: 1, body: '{"a":1}' });
    expect(await (await metadata()).json()).toEqual({ a: 1 });
    provider.lie({ at: 'discovery', hang: true });
    await expect(
      fetch(`${provider.issuer()}/.well-known/openid-configuration`, { signal: AbortSignal.timeout(200) }),
    ).rejects.toThrow();
  });

  it('lets nobody in or on who was disabled, and ends all refresh tokens of a person on request', async () => {
    const eve = provider.people.add({ handle: `eve-${kind}` });
    const tokens = await signIn(client, { login_hint: eve.handle });
    provider.revokeRefreshTokens(eve);
    await expect(refreshTokenGrant(client, tokens.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' });
    const again = await signIn(client, { login_hint: eve.handle });
    provider.disable(eve);
    await expect(refreshTokenGrant(client, again.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(signIn(client, { login_hint: eve.handle })).rejects.toMatchObject({ error: 'access_denied' });
  });

  it('is gone while it is away and back on the same port', async () => {
    await provider.goAway();
    await expect(fetch(provider.origin)).rejects.toThrow();
    await provider.goBack();
    await expect(signIn(client)).resolves.toBeDefined();
  });
});

it('rotates strictly on request: an old refresh token presented again ends the family', async () => {
  const provider = await startScriptedProvider({ refreshTokens: 'strict' });
  provider.people.add();
  const client = await relyingParty(provider);
  const first = (await signIn(client)).refresh_token!;
  const second = (await refreshTokenGrant(client, first)).refresh_token!;
  await expect(refreshTokenGrant(client, first)).rejects.toMatchObject({ error: 'invalid_grant' });
  await expect(refreshTokenGrant(client, second)).rejects.toMatchObject({ error: 'invalid_grant' });
  await provider.close();
});

it('keeps one session per browser, and asks anew for `prompt=login` and a passed `max_age`', async () => {
  let nowMs = Date.now();
  const provider = await startScriptedProvider({ clock: { nowMs: () => nowMs } });
  provider.people.add();
  const client = await relyingParty(provider);
  const url = (more: string) =>
    `${provider.origin}/oauth2/v2.0/authorize?response_type=code&client_id=${provider.clientId}&scope=openid&code_challenge=x&code_challenge_method=S256&redirect_uri=${encodeURIComponent(REDIRECT)}${more}`;
  const visit = async (more: string, cookie = '') => {
    const answer = await fetch(url(more), { redirect: 'manual', headers: { cookie } });
    return { sid: answer.headers.get('set-cookie')?.split(';')[0] ?? '', location: answer.headers.get('location')! };
  };
  const first = await visit('');
  nowMs += 60_000;
  expect((await visit('&max_age=90', first.sid)).sid).toBe(first.sid);
  expect((await visit('&max_age=30', first.sid)).sid).not.toBe(first.sid);
  expect((await visit('&prompt=login', first.sid)).sid).not.toBe(first.sid);
  expect((await visit('&prompt=none')).location).toContain('error=login_required');
  expect(client.serverMetadata().issuer).toBe(provider.issuer());
  await provider.close();
});

describe('the tokens it writes', () => {
  let provider: ScriptedProvider;
  let keys: JSONWebKeySet & { keys: { issuer?: string }[] };
  const good = (token: string) => jwtVerify(token, createLocalJWKSet(keys), { algorithms: ['RS256'] });

  beforeAll(async () => {
    provider = await startScriptedProvider({ kind: 'entra', groupsInToken: 2 });
    provider.people.add({ handle: 'ada', groups: ['g1', 'g2', 'g3'] });
    keys = await json(fetch(`${provider.origin}/common/discovery/v2.0/keys`));
  });
  afterAll(() => provider.close());

  it('verify with the published keys, and name templated issuers under `common`', async () => {
    await expect(good(provider.issueIdToken())).resolves.toMatchObject({ payload: { ver: '2.0' } });
    const { protectedHeader, payload } = await good(provider.issueLogoutToken({ sid: 'sid-1' }));
    expect(protectedHeader.typ).toBe('logout+jwt');
    expect(payload).toMatchObject({
      sid: 'sid-1',
      events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    });
    expect(keys.keys[0]?.issuer).toBe(`${provider.origin}/{tenantid}/v2.0`);
    const metadata = await json(fetch(`${provider.origin}/common/v2.0/.well-known/openid-configuration`));
    expect(metadata.issuer).toBe(`${provider.origin}/{tenantid}/v2.0`);
  });

  it('are bent in the one way asked for', async () => {
    const none = provider.issueIdToken({ alg: 'none' });
    expect(decodeProtectedHeader(none).alg).toBe('none');
    expect(none.endsWith('.')).toBe(true);
    expect(decodeProtectedHeader(provider.issueIdToken({ alg: 'HS256' }))).toMatchObject({ alg: 'HS256' });
    for (const lie of [
      { key: 'unpublished' },
      { key: 'forged' },
      { tamper: 'signature' },
      { tamper: 'claims' },
    ] as const) {
      await expect(good(provider.issueIdToken(lie))).rejects.toThrow();
    }
    await expect(good(provider.issueAccessToken({ key: 'other-issuer' }))).resolves.toBeDefined();
    expect(decodeProtectedHeader(provider.issueIdToken({ key: 'no-kid' })).kid).toBeUndefined();
    expect(decodeJwt(provider.issueIdToken({ claims: { sub: undefined, tid: ['a'] } }))).toMatchObject({ tid: ['a'] });
    const doubled = provider.issueIdToken({ duplicates: { sub: 'mallory' } });
    expect(Buffer.from(doubled.split('.')[1]!, 'base64url').toString().match(/"sub"/g)).toHaveLength(2);
  });

  it('leave groups out beyond the limit, and the Graph stand-in pages them for a Graph token only', async () => {
    expect(decodeJwt(provider.issueIdToken())).toMatchObject({ _claim_names: { groups: 'src1' } });
    const graph = (audience: string | undefined) =>
      fetch(`${provider.graphUrl}/v1.0/me/transitiveMemberOf`, {
        headers: { authorization: `Bearer ${provider.issueAccessToken({ audience })}` },
      });
    expect((await graph(undefined)).status).toBe(401);
    const first = await json(graph('00000003-0000-0000-c000-000000000000'));
    expect(first.value.map(({ id }: { id: string }) => id)).toEqual(['g1', 'g2']);
    expect(first['@odata.nextLink']).toContain('skiptoken=2');
  });

  it('are signed with a new key after a rotation, the former one gone or kept', async () => {
    const other = await startScriptedProvider();
    const kids = async () => {
      const { keys: now } = await json(fetch(`${other.origin}/discovery/v2.0/keys`));
      return now.map(({ kid }: { kid: string }) => kid);
    };
    const [before] = await kids();
    other.rotateKeys({ keepOld: true });
    expect(await kids()).toHaveLength(2);
    other.rotateKeys();
    expect(await kids()).not.toContain(before);
    await other.close();
  });
});

it('knows a client by its certificate-less key, once per assertion, and a workload by its federated token', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const publicPem = publicKey.export({ type: 'spki', format: 'pem' }).toString();
  const provider = await startScriptedProvider({ clientAuthentication: { method: 'private_key_jwt', publicPem } });
  const assertion = await new SignJWT({ jti: randomUUID() })
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(provider.clientId)
    .setSubject(provider.clientId)
    .setAudience(provider.issuer())
    .setExpirationTime('1m')
    .sign(privateKey);
  const ask = async (at: ScriptedProvider, client_assertion: string) => {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: at.clientId,
      client_assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    });
    return (await json(fetch(`${at.origin}/oauth2/v2.0/token`, { method: 'POST', body }))).error;
  };
  expect(await ask(provider, assertion)).toBe('invalid_grant');
  expect(await ask(provider, assertion)).toBe('invalid_client');
  const workload = await startScriptedProvider({ clientAuthentication: { method: 'federated' } });
  expect(await ask(workload, workload.issueFederatedAssertion())).toBe('invalid_grant');
  expect(await ask(workload, workload.issueFederatedAssertion({ key: 'forged' }))).toBe('invalid_client');
  await Promise.all([provider.close(), workload.close()]);
});

it('signs with each algorithm a provider may choose', async () => {
  for (const alg of ['ES256', 'PS256', 'EdDSA'] as const) {
    const provider = await startScriptedProvider({ alg });
    const jwks = await json(fetch(`${provider.origin}/discovery/v2.0/keys`));
    await expect(jwtVerify(provider.issueIdToken(), createLocalJWKSet(jwks))).resolves.toBeDefined();
    await provider.close();
  }
});

it('makes the HMAC of the confusion attack from the PEM text of its public key', async () => {
  const provider = await startScriptedProvider();
  const { keys } = await json(fetch(`${provider.origin}/discovery/v2.0/keys`));
  const pem = createPublicKey({ key: keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' });
  const token = provider.issueIdToken({ alg: 'HS256' });
  await expect(jwtVerify(token, Buffer.from(pem), { algorithms: ['HS256'] })).resolves.toBeDefined();
  await provider.close();
});
