import 'reflect-metadata';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Controller, Get, Module, Req, UseGuards, type INestApplication } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import express from 'express';
import { Passport } from 'passport';
import {
  AzureAdBearerStrategy,
  AzureAdStrategy,
  StrategyMisconfigured,
  usePassportOnFastify,
  type AzureAdProfile,
  type AzureAdToken,
  type Done,
} from '../src/passport/index.js';
import { OPTION_NAMES } from '../src/passport/option-faults.js';
import { startScriptedProvider, type ScriptedProvider } from '../src/testing/index.js';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';

const cookieSecret = 'a test secret of the sealed cookies';
const REDIRECT = 'http://127.0.0.1:9/callback';
let provider: ScriptedProvider;

const shared = () => ({
  identityMetadata: `${provider.issuer()}/.well-known/openid-configuration`,
  clientID: provider.clientId,
  allowInsecure: true,
});
const login = () => ({ ...shared(), clientSecret: provider.clientSecret, redirectUrl: REDIRECT, cookieSecret });

beforeAll(async () => {
  provider = await startScriptedProvider({ kind: 'entra' });
  provider.people.add({ handle: 'ada', roles: ['Orders.Read'] });
});
afterAll(() => provider.close());
afterEach(() => provider.honest());

/** One browser: keeps cookies, follows to the provider, and comes back to the application under test. */
class Browser {
  readonly cookies = new Map<string, string>();

  constructor(private readonly app: string) {}

  async get(path: string): Promise<{ status: number; location: string; text: string; setCookies: string[] }> {
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(this.app + path, { redirect: 'manual', headers: { cookie } });
    const setCookies = answer.headers.getSetCookie();
    for (const line of setCookies) {
      const [name = '', value = ''] = line.split(';')[0]!.split('=');
      if (value === '') this.cookies.delete(name);
      else this.cookies.set(name, value);
    }
    return {
      status: answer.status,
      location: answer.headers.get('location') ?? '',
      text: await answer.text(),
      setCookies,
    };
  }

  /** Begins at the application and stops with the address the provider sends back to. */
  async toCallback(path = '/login'): Promise<string> {
    const { location } = await this.get(path);
    const back = await fetch(location, { redirect: 'manual' });
    const url = new URL(back.headers.get('location')!);
    return url.pathname + url.search;
  }
}

async function nestApp(kind: 'fastify' | 'express'): Promise<INestApplication> {
  class Login extends PassportStrategy(AzureAdStrategy, 'azure-ad') {
    constructor() {
      super(login());
    }
    validate({ oid, displayName, identity }: AzureAdProfile) {
      return { oid, displayName, key: identity.key, roles: identity.roles };
    }
  }
  class Bearer extends PassportStrategy(AzureAdBearerStrategy, 'azure-ad-bearer') {
    constructor() {
      super({ ...shared(), audience: 'api://orders', scope: 'Orders.Read Orders.Write' });
    }
    validate({ oid, identity }: AzureAdToken) {
      return { oid, scopes: identity.scopes };
    }
  }
  class Routes {
    me(request: { user: unknown }) {
      return request.user;
    }
    api(request: { user: unknown }) {
      return request.user;
    }
  }
  const describeMethod = (name: string) => Object.getOwnPropertyDescriptor(Routes.prototype, name)!;
  for (const [name, path, guard] of [
    ['me', ['login', 'callback'], 'azure-ad'],
    ['api', ['api'], 'azure-ad-bearer'],
  ] as const) {
    Req()(Routes.prototype, name, 0);
    Get([...path])(Routes.prototype, name, describeMethod(name));
    UseGuards(AuthGuard(guard))(Routes.prototype, name, describeMethod(name));
  }
  Controller()(Routes);
  class App {}
  Module({ imports: [PassportModule], controllers: [Routes], providers: [Login, Bearer] })(App);
  const adapter = kind === 'fastify' ? new FastifyAdapter() : new ExpressAdapter();
  if (kind === 'fastify') usePassportOnFastify(adapter.getInstance());
  const app = await NestFactory.create(App, adapter, { logger: false });
  await app.listen(0, '127.0.0.1');
  return app;
}

describe.each(['fastify', 'express'] as const)('AuthGuard on Nest over %s', (kind) => {
  let app: INestApplication;
  let origin: string;

  beforeAll(async () => {
    app = await nestApp(kind);
    origin = `http://127.0.0.1:${(app.getHttpServer().address() as AddressInfo).port}`;
  });
  afterAll(() => app.close());

  it('signs in with code, PKCE, state and nonce, the transaction sealed in a cookie', async () => {
    const browser = new Browser(origin);
    const begun = await browser.get('/login');
    expect(begun.status).toBe(302);
    const asked = new URL(begun.location).searchParams;
    expect(asked.get('response_type')).toBe('code');
    expect(asked.get('code_challenge_method')).toBe('S256');
    expect(asked.get('nonce')!.length).toBeGreaterThan(20);
    const [cookie] = begun.setCookies;
    expect(cookie).toMatch(/^azure-ad-0=[\w-]+; Path=\/; Max-Age=600; HttpOnly; SameSite=Lax$/);
    expect(Buffer.from(cookie!.split(/[=;]/)[1]!, 'base64url').toString('latin1')).not.toContain(asked.get('state'));

    const back = new URL((await fetch(begun.location, { redirect: 'manual' })).headers.get('location')!);
    const done = await browser.get(back.pathname + back.search);
    expect(done.status).toBe(200);
    expect(JSON.parse(done.text)).toMatchObject({ displayName: 'ada', roles: ['Orders.Read'] });
    expect(browser.cookies.size).toBe(0);
  });

  it('binds each sign-in to its browser, once: swapped, replayed or never begun, it is refused (O1)', async () => {
    const [alice, mallory] = [new Browser(origin), new Browser(origin)];
    const forAlice = await alice.toCallback();
    const forMallory = await mallory.toCallback();
    expect((await alice.get(forMallory)).status).toBe(401);
    expect((await new Browser(origin).get(forAlice)).status).toBe(401);
    const kept = new Map(alice.cookies);
    expect((await alice.get(forAlice)).status).toBe(200);
    for (const [name, value] of kept) alice.cookies.set(name, value);
    const before = provider.count('token');
    expect((await alice.get(forAlice)).status).toBe(401);
    expect(provider.count('token')).toBe(before);
    expect((await alice.get('/callback?code=made-up&state=made-up')).status).toBe(401);
  });

  it('lets four tabs sign in at once, and takes no cookie that was moved, changed or doubled', async () => {
    const browser = new Browser(origin);
    const tabs = [];
    for (let tab = 0; tab < 4; tab += 1) tabs.push(await browser.toCallback());
    expect(browser.cookies.size).toBe(4);
    for (let more = 0; more < 3; more += 1) await browser.get('/login');
    expect(browser.cookies.size).toBe(4);
    const fresh = new Browser(origin);
    for (const tab of [await fresh.toCallback(), await fresh.toCallback()]) {
      expect((await fresh.get(tab)).status).toBe(200);
    }
    const moved = new Browser(origin);
    const callback = await moved.toCallback();
    const sealed = moved.cookies.get('azure-ad-0')!;
    moved.cookies.clear();
    moved.cookies.set('azure-ad-1', sealed);
    expect((await moved.get(callback)).status).toBe(401);
    moved.cookies.clear();
    moved.cookies.set('azure-ad-0', `${sealed.slice(0, -4)}AAAA`);
    expect((await moved.get(callback)).status).toBe(401);
    const doubled = await fetch(origin + callback, {
      headers: { cookie: `azure-ad-0=${sealed}; azure-ad-0=${sealed}` },
      redirect: 'manual',
    });
    expect(doubled.status).toBe(401);
  });

  it('answers 401 to a refusal or a lie of the provider, 503 where it is away, and never redirects for either', async () => {
    const browser = new Browser(origin);
    const attempt = async () => (await browser.get(await browser.toCallback())).status;
    provider.lie({ at: 'authorize', error: 'access_denied' });
    expect(await attempt()).toBe(401);
    provider.lie({ idToken: { claims: { nonce: 'of-somebody-else' } } });
    expect(await attempt()).toBe(401);
    provider.lie({ idToken: { key: 'forged' } });
    expect(await attempt()).toBe(401);
    provider.lie({ idToken: { claims: { tid: '33333333-3333-4333-8333-333333333333' } } });
    expect(await attempt()).toBe(401);
    provider.lie({ status: 502 });
    expect(await attempt()).toBe(503);
    expect(await attempt()).toBe(200);
  });

  it('takes Entra access tokens for our API, from the header only', async () => {
    const ask = async (token: string, path = '/api') => {
      const answer = await fetch(origin + path, { headers: token ? { authorization: `Bearer ${token}` } : {} });
      return { status: answer.status, text: await answer.text() };
    };
    const token = provider.issueAccessToken({ audience: 'api://orders', scope: 'Orders.Read' });
    const good = await ask(token);
    expect(JSON.parse(good.text)).toMatchObject({ scopes: ['Orders.Read'] });
    expect((await ask('', `/api?access_token=${token}`)).status).toBe(401);
    for (const bad of [
      provider.issueAccessToken({ audience: 'api://somebody-else', scope: 'Orders.Read' }),
      provider.issueAccessToken({ audience: 'api://orders', scope: 'Other.Read' }),
      provider.issueAccessToken({ audience: 'api://orders', scope: 'Orders.Read', claims: { exp: 1 } }),
      provider.issueAccessToken({ audience: 'api://orders', scope: 'Orders.Read', alg: 'none' }),
      provider.issueAccessToken({ audience: 'api://orders', scope: 'Orders.Read', alg: 'HS256' }),
      provider.issueAccessToken({
        audience: 'api://orders',
        scope: 'Orders.Read',
        claims: { aud: ['api://orders', 'api://x'] },
      }),
      provider.issueIdToken(),
      'not.a.token',
    ]) {
      const refused = await ask(bad);
      expect(refused.status).toBe(401);
      expect(refused.text).not.toContain(bad.slice(0, 20));
    }
  });
});

/** What the strategy says to one request, asked as Passport asks. */
function outcome(request: { url: string }): Promise<unknown> {
  return new Promise((say) => {
    const strategy = Object.create(new AzureAdStrategy(login(), () => undefined)) as AzureAdStrategy;
    Object.assign(strategy, { fail: say, error: (error: Error) => say(error.message) });
    strategy.authenticate({ ...request, headers: {} });
  });
}

it('tells on Fastify what to call when it was forgotten', async () => {
  expect(await outcome({ url: '/login' })).toContain('usePassportOnFastify');
});

it('refuses, and does not stumble over, a request target that is no URL', async () => {
  expect(await outcome({ url: '//[?code=x&state=y' })).toMatchObject({ code: 'STATE_MISMATCH' });
});

describe('plain Passport on Express', () => {
  let server: Server;
  let origin: string;
  const given: unknown[][] = [];

  beforeAll(async () => {
    const passport = new Passport();
    const remember = (parameters: unknown[]) => {
      given.push(parameters.slice(0, -1));
      (parameters.at(-1) as Done)(null, { ok: true });
    };
    for (const count of [2, 3, 4, 6, 7, 8]) {
      const verify = (...parameters: unknown[]) => remember(parameters);
      Object.defineProperty(verify, 'length', { value: count });
      passport.use(`p${count}`, new AzureAdStrategy(login(), verify));
    }
    const withRequest = (...parameters: unknown[]) => remember(parameters);
    Object.defineProperty(withRequest, 'length', { value: 3 });
    passport.use('req', new AzureAdStrategy({ ...login(), passReqToCallback: true }, withRequest));
    passport.use(
      'none',
      new AzureAdStrategy(login(), (_profile: AzureAdProfile, done: Done) => done(null, false, { why: 'no' })),
    );
    passport.use(
      'bearer',
      new AzureAdBearerStrategy({ ...shared(), scope: ['Orders.Read'] }, (token: AzureAdToken, done: Done) =>
        done(null, { oid: token['oid'] }),
      ),
    );
    const app = express();
    app.get(
      '/api',
      passport.authenticate('bearer', { session: false }),
      (_request, response) => void response.json({}),
    );
    app.get('/:strategy/login', (request, response, next) => {
      passport.authenticate(String(request.params.strategy), {
        session: false,
        login_hint: 'ada',
        maxAge: 60,
      } as object)(request, response, next);
    });
    app.get('/:strategy/callback', (request, response, next) => {
      passport.authenticate(String(request.params.strategy), { session: false })(request, response, () => {
        response.json((request as { user?: unknown }).user);
      });
      void next;
    });
    server = await new Promise<Server>((done) => {
      const listening = app.listen(0, '127.0.0.1', () => done(listening));
    });
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  const signIn = async (strategy: string) => {
    const browser = new Browser(origin);
    const callback = await browser.toCallback(`/${strategy}/login`);
    given.length = 0;
    return browser.get(`/${strategy}${callback}`);
  };

  it('gives the verify callback what passport-azure-ad gave, by its number of parameters', async () => {
    const ada = expect.objectContaining({ displayName: 'ada', emails: ['ada@example.test'] });
    const [iss, sub, token] = [provider.issuer(), expect.any(String), expect.any(String)];
    const claims = expect.objectContaining({ tid: expect.any(String) });
    const expected: Record<string, unknown[]> = {
      p2: [ada],
      p3: [iss, sub],
      p4: [iss, sub, ada],
      p6: [iss, sub, ada, token, undefined],
      p7: [iss, sub, ada, token, undefined, expect.any(Object)],
      p8: [iss, sub, ada, claims, token, undefined, expect.any(Object)],
      req: [expect.objectContaining({ method: 'GET' }), ada],
    };
    for (const [strategy, parameters] of Object.entries(expected)) {
      expect((await signIn(strategy)).status).toBe(200);
      expect(given).toEqual([parameters]);
    }
    expect(provider.requestsTo('authorize').at(-1)?.form.get('max_age')).toBe('60');
  });

  it('answers 401 where the verify callback lets nobody in', async () => {
    expect((await signIn('none')).status).toBe(401);
  });

  it('challenges after RFC 6750', async () => {
    const ask = async (authorization?: string) => {
      const answer = await fetch(`${origin}/api`, { headers: authorization ? { authorization } : {} });
      return [answer.status, answer.headers.get('www-authenticate')];
    };
    expect(await ask()).toEqual([401, 'Bearer realm="azure-ad"']);
    expect(await ask('Bearer x.y.z')).toEqual([401, expect.stringContaining('error="invalid_token"')]);
    expect((await ask(`Bearer ${provider.issueAccessToken({ scope: 'Orders.Read' })}`))[0]).toBe(200);
    expect((await ask(`Bearer ${provider.issueAccessToken({ scope: 'Other' })}`))[0]).toBe(403);
  });
});

describe('options', () => {
  const faultsOf = (change: Record<string, unknown>): string => {
    try {
      new AzureAdStrategy({ ...login(), ...change } as ReturnType<typeof login>, () => undefined);
      return '';
    } catch (error) {
      expect(error).toBeInstanceOf(StrategyMisconfigured);
      return (error as Error).message;
    }
  };
  const metadata = (tenant: string, version = 'v2.0/') =>
    `https://login.microsoftonline.com/${tenant}/${version}.well-known/openid-configuration`;

  it('of passport-azure-ad that are harmless are taken', () => {
    const TENANT = '11111111-1111-4111-8111-111111111111';
    expect(
      faultsOf({
        loggingLevel: 'info',
        loggingNoPII: false,
        clockSkew: 300,
        useCookieInsteadOfSession: true,
        nonceLifetime: 600,
      }),
    ).toBe('');
    expect(
      faultsOf({ validateIssuer: true, responseType: 'code', responseMode: 'query', allowHttpForRedirectUrl: false }),
    ).toBe('');
    expect(
      faultsOf({ identityMetadata: metadata('common'), issuer: [`https://login.microsoftonline.com/${TENANT}/v2.0`] }),
    ).toBe('');
    expect(faultsOf({ identityMetadata: metadata('organizations'), allowedTenants: [TENANT] })).toBe('');
  });

  it.each([
    [{ validateIssuer: false }, 'allowedTenants'],
    [{ identityMetadata: metadata('common') }, 'allowedTenants'],
    [{ identityMetadata: metadata('common', '') }, 'version 1.0'],
    [{ identityMetadata: 'https://example.test/' }, 'identityMetadata must be'],
    [{ allowHttpForRedirectUrl: true }, 'https redirectUrl'],
    [{ redirectUrl: 'http://app.example.test/callback' }, 'redirectUrl must be https'],
    [{ responseType: 'id_token' }, "responseType must be 'code'"],
    [{ responseType: 'code id_token' }, "responseType must be 'code'"],
    [{ responseMode: 'form_post' }, "responseMode must be 'query'"],
    [{ issuer: 'https://sts.windows.net/11111111-1111-4111-8111-111111111111/' }, 'issuer must be'],
    [{ cookieEncryptionKeys: [{ key: 'k', iv: 'i' }] }, 'cookieSecret'],
    [{ cookieSecret: 'short' }, 'at least 32 bytes'],
    [{ cookieSecret: undefined }, 'cookieSecret is missing'],
    [{ clientSecret: undefined }, 'clientSecret or credential is missing'],
    [{ clientID: '' }, 'clientID is missing'],
    [{ thumbprint: 'AA' }, 'certificatePem'],
    [{ isB2C: true }, 'type: oidc'],
    [{ useCookieInsteadOfSession: false }, 'express-session'],
    [{ redirectURL: 'https://x.test' }, 'redirectURL is not an option'],
  ])('%j is refused with what to write instead', (change, sentence) => {
    expect(faultsOf(change)).toContain(sentence);
  });

  it('each stand in the page on moving over', () => {
    const page = readFileSync(join(__dirname, '../../../docs/gateway/from-passport-azure-ad.md'), 'utf8');
    expect(OPTION_NAMES.length).toBeGreaterThan(30);
    expect(OPTION_NAMES.filter((name) => !new RegExp(`\`${name}[\`:]`).test(page))).toEqual([]);
  });

  it('are all judged before any is reported, and no value is shown', () => {
    const said = faultsOf({
      validateIssuer: false,
      responseType: 'token',
      cookieSecret: 'my-little-secret',
      clientID: '',
    });
    expect(said.split('\n')).toHaveLength(5);
    expect(said).not.toContain('my-little-secret');
  });
});
