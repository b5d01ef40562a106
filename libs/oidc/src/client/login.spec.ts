import { FakeClock } from '@gatehouse/kernel/testing';
import { CALLBACK, errorOf, refusalOf, sentBack, signedIn } from '../../test/at-the-provider.js';
import { startScriptedProvider, type ScriptedProvider } from '../testing/index.js';
import { createOidcClient } from './create-oidc-client.js';
import type { OidcClient } from './oidc-client.port.js';
import type { OidcWarning } from './oidc-warning.js';

let clock: FakeClock;
let provider: ScriptedProvider;
let client: OidcClient;
let warnings: OidcWarning[];

beforeAll(async () => {
  clock = new FakeClock();
  provider = await startScriptedProvider({ clock, refreshTokens: 'strict' });
  provider.people.add({ handle: 'ada', acr: 'gold', emailVerified: true, roles: ['Orders.Read'], groups: ['g1'] });
  provider.people.add({ handle: 'bob' });
});
beforeEach(() => {
  provider.honest();
  provider.forget();
  warnings = [];
  client = aClient();
});
afterAll(() => provider.close());

function aClient(settings: Record<string, unknown> = {}): OidcClient {
  return createOidcClient('corp', provider.settings(settings), {
    clock,
    onWarning: (warning) => warnings.push(warning),
  });
}

describe('a login', () => {
  it('tells who somebody is and brings the tokens of the provider', async () => {
    const { identity, tokens } = await signedIn(client, { loginHint: 'ada' });
    const ada = provider.people.find('ada')!;
    expect(identity).toMatchObject({
      provider: 'corp',
      issuer: provider.origin,
      subject: ada.subject,
      key: `oidc|${provider.origin}|${ada.subject}`,
      email: 'ada@example.test',
      emailVerified: true,
      username: 'ada@example.test',
      roles: ['Orders.Read'],
      groups: ['g1'],
      amr: ['pwd'],
      acr: 'gold',
      authTimeMs: clock.nowMs(),
    });
    expect(identity.providerSessionId).toEqual(expect.any(String));
    expect(tokens).toEqual({
      accessToken: expect.any(String) as string,
      accessTokenExpiresAtMs: clock.nowMs() + 3_600_000,
      refreshToken: expect.any(String) as string,
      idToken: expect.any(String) as string,
      scope: 'openid profile email offline_access',
    });
  });

  it('asks for a code with PKCE, state and nonce of 256 bits each, and shows the verifier to nobody (O1)', async () => {
    const [one, other] = [await client.start({ redirectUri: CALLBACK }), await client.start({ redirectUri: CALLBACK })];
    const asked = Object.fromEntries(one.redirectTo.searchParams);
    expect(asked).toMatchObject({ response_type: 'code', code_challenge_method: 'S256', redirect_uri: CALLBACK });
    expect(asked['state']).toBe(one.transaction.state);
    expect(asked['nonce']).toBe(one.transaction.nonce);
    for (const secret of ['state', 'nonce', 'codeVerifier'] as const) {
      expect(Buffer.from(one.transaction[secret], 'base64url')).toHaveLength(32);
      expect(one.transaction[secret]).not.toBe(other.transaction[secret]);
    }
    expect(one.redirectTo.href).not.toContain(one.transaction.codeVerifier);
  });

  it('passes on what was asked for: prompt, age, hint and strength', async () => {
    const options = { prompt: 'login', maxAgeSeconds: 60, loginHint: 'ada', acrValues: 'gold silver' } as const;
    const { redirectTo } = await client.start({ redirectUri: CALLBACK, ...options });
    const asked = Object.fromEntries(redirectTo.searchParams);
    expect(asked).toMatchObject({ prompt: 'login', max_age: '60', login_hint: 'ada', acr_values: 'gold silver' });
  });

  it.each([
    '/signed-in',
    'https://app.example.test/cb?next=1',
    'https://app.example.test/cb#x',
    'https://APP.example.test/cb',
  ])('does not begin for the redirect address %s', async (redirectUri) => {
    await expect(client.start({ redirectUri })).rejects.toThrow(TypeError);
  });
});

describe('the return of the browser', () => {
  it('counts for the browser that began it alone (O1)', async () => {
    const [mine, theirs] = [await sentBack(client), await sentBack(client)];
    expect(await refusalOf(client.finish(theirs.callback, mine.transaction))).toBe('refused STATE_MISMATCH');
    expect(provider.count('token')).toBe(0);
  });

  it('is not helped by a stolen code put beside a state of one’s own: PKCE (O1)', async () => {
    const [mine, theirs] = [await sentBack(client), await sentBack(client)];
    mine.callback.searchParams.set('code', theirs.callback.searchParams.get('code')!);
    expect(await refusalOf(client.finish(mine.callback, mine.transaction))).toBe('denied GRANT_REFUSED');
  });

  it('counts once: a repeated callback brings nothing (O1)', async () => {
    const { callback, transaction } = await sentBack(client);
    await client.finish(callback, transaction);
    expect(await refusalOf(client.finish(callback, transaction))).toBe('denied GRANT_REFUSED');
  });

  it('counts for ten minutes (O1)', async () => {
    const { callback, transaction } = await sentBack(client);
    clock.advance(600_001);
    expect(await refusalOf(client.finish(callback, transaction))).toBe('refused TRANSACTION_EXPIRED');
    expect(await refusalOf(client.finish(callback, { ...transaction, startedAtMs: NaN }))).toBe(
      'refused TRANSACTION_EXPIRED',
    );
  });

  it('does not count where no login began: nothing equals nothing is no proof (O1)', async () => {
    const { callback, transaction } = await sentBack(client);
    for (const secret of ['state', 'nonce', 'codeVerifier'] as const) {
      const emptied = { ...transaction, [secret]: '' };
      expect(await refusalOf(client.finish(callback, emptied))).toBe('refused STATE_MISMATCH');
    }
    callback.searchParams.delete('state');
    expect(await refusalOf(client.finish(callback, { ...transaction, state: '' }))).toBe('refused STATE_MISMATCH');
    expect(await refusalOf(client.finish(callback, transaction))).toBe('refused STATE_MISMATCH');
  });

  it('is refused with a token of another login: nonce (O1, O3)', async () => {
    const { callback, transaction } = await sentBack(client);
    provider.lie({ idToken: { claims: { nonce: 'of-another-login' } } });
    expect(await refusalOf(client.finish(callback, transaction))).toBe('refused NONCE_MISMATCH');
    const next = await sentBack(client);
    provider.lie({ idToken: { claims: { nonce: undefined } } });
    expect(await refusalOf(client.finish(next.callback, next.transaction))).toBe('refused NONCE_MISMATCH');
  });

  it('is refused at another provider, and at another address, than the login began with', async () => {
    const { callback, transaction } = await sentBack(client);
    const other = createOidcClient('other', provider.settings(), { clock });
    expect(await refusalOf(other.finish(callback, transaction))).toBe('refused STATE_MISMATCH');
    for (const href of [callback.href.replace('/signed-in', '/other'), callback.href.replace('app.', 'evil.')]) {
      expect(await refusalOf(client.finish(new URL(href), transaction))).toBe('refused STATE_MISMATCH');
    }
  });

  it('is refused where the answer is of another provider, or does not say of which (RFC 9207)', async () => {
    for (const iss of ['https://evil.example.test', undefined, '']) {
      provider.lie({ at: 'authorize', callback: { iss } });
      const { callback, transaction } = await sentBack(client);
      expect(await refusalOf(client.finish(callback, transaction))).toBe('refused ISSUER_MISMATCH');
    }
    expect(provider.count('token')).toBe(0);
  });

  it('is refused with a parameter twice, without a code, and with tokens in it', async () => {
    const { callback, transaction } = await sentBack(client);
    const bent = (bend: (search: URLSearchParams) => void) => {
      const url = new URL(callback);
      bend(url.searchParams);
      return refusalOf(client.finish(url, transaction));
    };
    for (const name of ['state', 'code', 'iss', 'error']) {
      expect(await bent((search) => ['a', 'b'].forEach((value) => search.append(name, value)))).toBe(
        'refused PROVIDER_ERROR',
      );
    }
    expect(await bent((search) => search.delete('code'))).toBe('refused PROVIDER_ERROR');
    expect(await bent((search) => search.set('code', 'x'.repeat(5_000)))).toBe('refused PROVIDER_ERROR');
    for (const name of ['id_token', 'access_token', 'response']) {
      expect(await bent((search) => search.set(name, 'x'))).toBe('refused PROVIDER_ERROR');
    }
    expect(provider.count('token')).toBe(0);
  });

  it.each([
    ['access_denied', 'denied ACCESS_DENIED'],
    ['login_required', 'denied INTERACTION_REQUIRED'],
    ['interaction_required', 'denied INTERACTION_REQUIRED'],
    ['consent_required', 'denied INTERACTION_REQUIRED'],
    ['temporarily_unavailable', 'unavailable PROVIDER_UNAVAILABLE'],
    ['server_error', 'unavailable PROVIDER_UNAVAILABLE'],
    ['<script>alert(1)</script>', 'refused PROVIDER_ERROR'],
  ])('with the error %s is %s, and the error is not repeated', async (error, expected) => {
    provider.lie({ at: 'authorize', error, errorDescription: 'call +1 900 0000' });
    const { callback, transaction } = await sentBack(client);
    expect(await refusalOf(client.finish(callback, transaction))).toBe(expected);
    const { message } = await errorOf(client.finish(callback, transaction));
    expect(message).not.toMatch(/script|900/);
    // Only to whoever began the login.
    callback.searchParams.set('state', 'x');
    expect(await refusalOf(client.finish(callback, transaction))).toBe('refused STATE_MISMATCH');
  });
});

describe('metadata', () => {
  it('of another issuer begins no login (O2)', async () => {
    for (const issuer of ['https://evil.example.test', `${provider.origin}/`, provider.origin.toUpperCase()]) {
      provider.lie({ at: 'discovery', members: { issuer } });
      expect(await refusalOf(aClient().start({ redirectUri: CALLBACK }))).toBe('refused ISSUER_MISMATCH');
    }
  });

  it('of another issuer does not displace the one that was there (O2)', async () => {
    await client.start({ redirectUri: CALLBACK });
    clock.advance(3_600_001);
    provider.lie({
      at: 'discovery',
      members: { issuer: 'https://evil.example.test', authorization_endpoint: 'https://evil.example.test/' },
    });
    const { redirectTo } = await client.start({ redirectUri: CALLBACK });
    expect(redirectTo.origin).toBe(provider.origin);
    expect(warnings.map(({ code }) => code)).toEqual(['METADATA_NOT_RENEWED']);
  });
});

describe('how somebody signed in', () => {
  it('is refused when it was too long ago for what was asked, or is not said (O8)', async () => {
    for (const [authTime, outcome] of [
      [clock.nowSeconds() - 61 - 30, 'refused AUTHENTICATION_TOO_OLD'],
      [undefined, 'refused TOKEN_INVALID'],
      ['now', 'refused TOKEN_INVALID'],
    ] as const) {
      provider.lie({ idToken: { claims: { auth_time: authTime } } });
      expect(await refusalOf(signedIn(client, { maxAgeSeconds: 60 }))).toBe(outcome);
    }
    await expect(signedIn(client, { maxAgeSeconds: 60 })).resolves.toBeDefined();
  });

  it('is refused when it was weaker than what was asked (O8)', async () => {
    await expect(signedIn(client, { loginHint: 'ada', acrValues: 'silver gold' })).resolves.toBeDefined();
    expect(await refusalOf(signedIn(client, { loginHint: 'ada', acrValues: 'platinum' }))).toBe(
      'refused AUTHENTICATION_TOO_WEAK',
    );
    // Only a whole word will do.
    expect(await refusalOf(signedIn(client, { loginHint: 'ada', acrValues: 'goldplated silverplated' }))).toBe(
      'refused AUTHENTICATION_TOO_WEAK',
    );
    expect(await refusalOf(signedIn(client, { loginHint: 'bob', acrValues: 'gold' }))).toBe(
      'refused AUTHENTICATION_TOO_WEAK',
    );
  });
});

describe('a refresh', () => {
  it('brings new tokens and who somebody is by now', async () => {
    const { identity, tokens } = await signedIn(client, { loginHint: 'bob' });
    provider.people.change('bob', { roles: ['Orders.Write'] });
    const renewed = await client.refresh(tokens, identity);
    expect(renewed.identity).toMatchObject({ key: identity.key, roles: ['Orders.Write'] });
    expect(renewed.tokens.refreshToken).not.toBe(tokens.refreshToken);
    // The provider ends the family of a refresh token that comes twice.
    expect(await refusalOf(client.refresh(tokens, identity))).toBe('denied GRANT_REFUSED');
    expect(await refusalOf(client.refresh(renewed.tokens, identity))).toBe('denied GRANT_REFUSED');
  });

  it('keeps what the answer leaves out', async () => {
    const { identity, tokens } = await signedIn(client);
    provider.lie({ members: { refresh_token: undefined, id_token: undefined, scope: undefined } });
    const renewed = await client.refresh(tokens, identity);
    expect(renewed.identity).toBeUndefined();
    expect(renewed.tokens).toMatchObject({
      refreshToken: tokens.refreshToken,
      idToken: tokens.idToken,
      scope: tokens.scope,
    });
    expect(renewed.tokens.accessToken).not.toBe(tokens.accessToken);
  });

  it('about somebody else is refused (O3)', async () => {
    const { identity, tokens } = await signedIn(client);
    provider.lie({ idToken: { claims: { sub: 'somebody-else' } } });
    expect(await refusalOf(client.refresh(tokens, identity))).toBe('refused SUBJECT_CHANGED');
  });

  it.each([
    ['invalid_grant', 'denied GRANT_REFUSED'],
    ['interaction_required', 'denied INTERACTION_REQUIRED'],
    ['login_required', 'denied INTERACTION_REQUIRED'],
    ['invalid_client', 'unavailable PROVIDER_ERROR'],
    ['unauthorized_client', 'denied ACCESS_DENIED'],
    ['temporarily_unavailable', 'unavailable PROVIDER_UNAVAILABLE'],
    ['nonsense\u0000', 'refused PROVIDER_ERROR'],
  ])('that the provider answers with %j is %s', async (error, expected) => {
    const { identity, tokens } = await signedIn(client);
    provider.lie({ error, errorDescription: 'secret words' });
    const refusal = await errorOf(client.refresh(tokens, identity));
    expect(`${refusal.kind} ${refusal.code}`).toBe(expected);
    expect(`${refusal.message} ${String(refusal.cause)}`).not.toMatch(/secret|nonsense/);
    expect(warnings.map(({ code }) => code)).toEqual(error.endsWith('_client') ? ['CREDENTIAL_REFUSED'] : []);
  });

  it('that finds nobody, or nobody well, ends no session: unavailable', async () => {
    const { identity, tokens } = await signedIn(client);
    for (const lie of [{ status: 500 }, { status: 503 }, { status: 429 }, { drop: true }]) {
      provider.lie(lie);
      expect(await refusalOf(client.refresh(tokens, identity))).toBe('unavailable PROVIDER_UNAVAILABLE');
    }
    await provider.goAway();
    expect(await refusalOf(client.refresh(tokens, identity))).toBe('unavailable PROVIDER_UNAVAILABLE');
    await provider.goBack();
  });

  it('needs a refresh token', async () => {
    const { identity, tokens } = await signedIn(client);
    const { refreshToken: _, ...without } = tokens;
    expect(await refusalOf(client.refresh(without, identity))).toBe('denied GRANT_REFUSED');
  });
});

describe('the end of a session at the provider', () => {
  it('names the session by its ID token, and the way back', async () => {
    const url = await client.endSessionUrl({
      postLogoutRedirectUri: 'https://app.example.test/',
      state: 's',
      idToken: 'a.b.c',
    });
    expect(Object.fromEntries(url!.searchParams)).toEqual({
      client_id: provider.clientId,
      post_logout_redirect_uri: 'https://app.example.test/',
      state: 's',
      id_token_hint: 'a.b.c',
    });
  });

  it('leaves out an ID token that no line would take, and does without an address where there is none', async () => {
    const options = { postLogoutRedirectUri: 'https://app.example.test/', idToken: 'x'.repeat(5_000) };
    expect((await client.endSessionUrl(options))!.searchParams.has('id_token_hint')).toBe(false);
    provider.lie({ at: 'discovery', members: { end_session_endpoint: undefined } });
    expect(await aClient().endSessionUrl(options)).toBeUndefined();
  });
});

it('a provider that comes back is found again without a restart', async () => {
  await provider.goAway();
  const late = aClient();
  expect(await refusalOf(late.start({ redirectUri: CALLBACK }))).toBe('unavailable PROVIDER_UNAVAILABLE');
  await provider.goBack();
  // Nobody knocks again and again meanwhile.
  expect(await refusalOf(late.start({ redirectUri: CALLBACK }))).toBe('unavailable PROVIDER_UNAVAILABLE');
  clock.advance(5_000);
  await expect(late.start({ redirectUri: CALLBACK })).resolves.toBeDefined();
});
