import { eventually, freePort, startChild, testFolder, type Child } from '@gatehouse/testing';
import { createServer, type Server } from 'node:http';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  ClientSecretPost,
  Configuration,
  discovery,
  refreshTokenGrant,
} from 'openid-client';
import { HOME_TENANT, OTHER_TENANT } from '../src/config/dev-idp.config.js';
import { Browser } from './browser.js';

const MAIN = join(__dirname, '../dist/main.js');
const CLIENT_ID = '5b1c9a52-6a3e-4d0f-9a86-0f3c1d2e4aff';
const CLIENT_SECRET = '0dbl7-aqwe-93kd-xmz1-pty';
const REDIRECT = 'http://127.0.0.1:9/callback';
const BYE = 'http://127.0.0.1:9/bye';
const FRAME = 'http://localhost:9/frame?of=app';
const VERIFIER = 'v'.repeat(43);
const checks = { expectedState: 'a-state', expectedNonce: 'a-nonce', pkceCodeVerifier: VERIFIER };

function start(more: Record<string, string>): Child {
  return startChild(process.execPath, [MAIN], {
    env: { CLIENT_ID, CLIENT_SECRET, REDIRECT_URIS: REDIRECT, POST_LOGOUT_REDIRECT_URIS: BYE, ...more },
  });
}

async function isUp(origin: string): Promise<void> {
  await eventually(async () => expect((await fetch(`${origin}/health`)).status).toBe(200), { timeoutMs: 20_000 });
}

async function application(origin: string, tenant = HOME_TENANT): Promise<Configuration> {
  return discovery(new URL(`${origin}/${tenant}/v2.0`), CLIENT_ID, undefined, ClientSecretPost(CLIENT_SECRET), {
    execute: [allowInsecureRequests],
  });
}

async function loginUrl(client: Configuration, more: Record<string, string> = {}): Promise<URL> {
  return buildAuthorizationUrl(client, {
    redirect_uri: REDIRECT,
    scope: 'openid profile email offline_access',
    state: 'a-state',
    nonce: 'a-nonce',
    code_challenge: await calculatePKCECodeChallenge(VERIFIER),
    code_challenge_method: 'S256',
    ...more,
  });
}

describe('the development identity provider', () => {
  let origin: string;
  let child: Child;
  let client: Configuration;
  let logoutTokens: string[];
  let listener: Server;

  beforeAll(async () => {
    logoutTokens = [];
    listener = createServer(async (request, response) => {
      let body = '';
      for await (const chunk of request) body += String(chunk);
      logoutTokens.push(new URLSearchParams(body).get('logout_token') ?? '');
      response.end();
    });
    await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
    const port = await freePort();
    origin = `http://127.0.0.1:${port}`;
    child = start({
      PORT: String(port),
      BACKCHANNEL_LOGOUT_URI: `http://127.0.0.1:${(listener.address() as AddressInfo).port}/`,
      FRONTCHANNEL_LOGOUT_URI: FRAME,
    });
    await isUp(origin);
    client = await application(origin);
  });
  afterAll(async () => {
    await child.stop();
    listener.close();
  });

  it('signs the chosen person in, refreshes, and signs out with a logout token and a frame to the application', async () => {
    const browser = new Browser();
    const { html, url } = await browser.open(await loginUrl(client));
    expect(html).toContain('Development identity provider.');
    expect(html).toContain('Ada Admin');
    expect(html).not.toContain('Gil Guest');
    const back = await browser.submit(url, { person: 'ada' });
    expect(back.left?.searchParams.get('iss')).toBeNull();
    const tokens = await authorizationCodeGrant(client, back.left!, checks);
    const claims = tokens.claims()!;
    expect(claims).toMatchObject({
      iss: `${origin}/${HOME_TENANT}/v2.0`,
      tid: HOME_TENANT,
      oid: '0d6c1f7e-0000-4000-8000-0000000000a1',
      ver: '2.0',
      preferred_username: 'ada@contoso.example',
      email: 'ada@contoso.example',
      roles: ['Gateway.Admin', 'Orders.Read'],
      sid: expect.any(String),
      login_hint: expect.any(String),
      auth_time: expect.any(Number),
    });
    const again = await refreshTokenGrant(client, tokens.refresh_token!);
    expect(again.claims()?.sub).toBe(claims.sub);

    const leave = buildEndSessionUrl(client, {
      post_logout_redirect_uri: BYE,
      state: 'gone',
      logout_hint: String(claims['login_hint']),
    });
    // Entra is told no client id at sign-out, and needs none.
    leave.searchParams.delete('client_id');
    const question = await browser.open(leave);
    const left = await browser.submit(`${origin}${question.action}`, { xsrf: question.xsrf, logout: 'yes' });
    expect(left.next).toBe(`${BYE}?state=gone`);
    expect(left.frames).toHaveLength(1);
    expect(left.frames[0]!.href).toMatch(/^http:\/\/localhost:9\/frame\?/);
    const named = { of: 'app', iss: claims.iss, sid: claims['sid'] };
    expect(Object.fromEntries(left.frames[0]!.searchParams)).toEqual(named);
    expect(logoutTokens).toHaveLength(1);
    expect(decodeJwt(logoutTokens[0]!)).toMatchObject({ sid: claims['sid'], sub: claims.sub, aud: CLIENT_ID });
    expect(decodeProtectedHeader(logoutTokens[0]!).typ).toBe('logout+jwt');
    // At Entra too a refresh token outlives the sign-out: ending sessions is the logout token's work.
    await expect(refreshTokenGrant(client, tokens.refresh_token!)).resolves.toBeDefined();
  });

  it('asks before it signs out, unless the application names who is meant', async () => {
    const browser = new Browser();
    await browser.open(await loginUrl(client, { person: 'olaf' }));
    const logout = `${origin}/${HOME_TENANT}/oauth2/v2.0/logout`;
    const asked = await browser.open(logout);
    expect(asked.html).not.toContain('<script>');
    const stayed = await browser.submit(`${origin}${asked.action}`, { xsrf: asked.xsrf });
    expect(stayed.html).toContain('You are still signed in here');
    const forged = await browser.submit(`${origin}${asked.action}`, { xsrf: 'a-guess', logout: 'yes' });
    expect(forged.html).toContain('invalid_request');
    expect((await browser.open(`${logout}?logout_hint=olaf@contoso.example`)).html).toContain('<script>');
    expect((await browser.open(`${logout}?logout_hint=ada@contoso.example`)).html).not.toContain('<script>');
  });

  it('opens frames for whoever signs out and was signed in, at the application alone, and for nobody else', async () => {
    const logout = `${origin}/${HOME_TENANT}/oauth2/v2.0/logout?post_logout_redirect_uri=${encodeURIComponent(BYE)}`;
    const leave = async (browser: Browser, form: Record<string, string>) => {
      const { action, xsrf } = await browser.open(logout);
      return browser.submit(`${origin}${action}`, { xsrf, ...form });
    };
    const [stays, goes, stranger] = [new Browser(), new Browser(), new Browser()];
    for (const browser of [stays, goes]) await browser.open(await loginUrl(client, { person: 'olaf' }));
    expect((await leave(stranger, { logout: 'yes' })).left?.href).toBe(BYE);
    expect((await leave(stays, {})).left?.href).toBe(BYE);
    expect((await leave(stays, { xsrf: 'a-guess', logout: 'yes' })).frames).toEqual([]);

    const { frames, next, policy } = await leave(goes, { logout: 'yes' });
    expect([frames.length, next]).toEqual([1, BYE]);
    expect(policy).toMatch(/default-src 'none'.*frame-src http:\/\/localhost:9;.*frame-ancestors 'none'/);
    // Once: the session is gone.
    expect((await leave(goes, { logout: 'yes' })).left?.href).toBe(BYE);
    const metadata = client.serverMetadata();
    expect(metadata['frontchannel_logout_session_supported']).toBe(true);
  });

  it('keeps a session per browser, shows the people again on request, and lets a person cancel', async () => {
    const browser = new Browser();
    await browser.open(await loginUrl(client, { person: 'nora' }));
    const second = await browser.open(await loginUrl(client));
    expect(second.left?.searchParams.has('code')).toBe(true);
    for (const prompt of ['login', 'select_account']) {
      const asked = await browser.open(await loginUrl(client, { prompt }));
      expect(asked.html).toContain('Choose who signs in');
    }
    const { url } = await browser.open(await loginUrl(client, { prompt: 'login' }));
    const back = await browser.submit(url, { cancel: '1' });
    expect(back.left?.searchParams.get('error')).toBe('access_denied');
    const silent = await new Browser().open(await loginUrl(client, { prompt: 'none' }));
    expect(silent.left?.searchParams.get('error')).toBe('login_required');
  });

  it('gives a person without app roles no `roles`, as Entra does', async () => {
    const back = await new Browser().open(await loginUrl(client, { person: 'nora' }));
    const tokens = await authorizationCodeGrant(client, back.left!, checks);
    expect(tokens.claims()).not.toHaveProperty('roles');
  });

  it('takes people of each tenant under `organizations`, each with the issuer of their own', async () => {
    const metadata = JSON.parse(
      await (await fetch(`${origin}/organizations/v2.0/.well-known/openid-configuration`)).text(),
    );
    expect(metadata.issuer).toBe(`${origin}/{tenantid}/v2.0`);
    const jwks = JSON.parse(await (await fetch(metadata.jwks_uri)).text());
    expect(jwks.keys[0]).toMatchObject({ issuer: `${origin}/{tenantid}/v2.0` });
    expect(jwks.keys[0]).not.toHaveProperty('d');
    const issuer = `${origin}/${OTHER_TENANT}/v2.0`;
    const many = new Configuration({ ...metadata, issuer }, CLIENT_ID, undefined, ClientSecretPost(CLIENT_SECRET));
    allowInsecureRequests(many);
    const browser = new Browser();
    const { html } = await browser.open(await loginUrl(many));
    const gil = /href="([^"]+person=gil[^"]*)"/.exec(html)![1]!.replaceAll('&#38;', '&');
    const back = await browser.open(new URL(gil, origin));
    const tokens = await authorizationCodeGrant(many, back.left!, checks);
    expect(tokens.claims()).toMatchObject({ iss: issuer, tid: OTHER_TENANT, email: 'ada@contoso.example' });
    expect((await refreshTokenGrant(many, tokens.refresh_token!)).claims()).toMatchObject({ tid: OTHER_TENANT });
  });

  it('refuses what a provider must: another redirect URI, no PKCE, implicit answers, a wrong secret', async () => {
    const elsewhere = await new Browser().open(await loginUrl(client, { redirect_uri: 'http://evil.test/' }));
    expect(elsewhere.left).toBeUndefined();
    expect(elsewhere.html).toContain('redirect_uri');
    const plain = await loginUrl(client, { person: 'ada' });
    plain.searchParams.delete('code_challenge');
    plain.searchParams.delete('code_challenge_method');
    expect((await new Browser().open(plain)).left?.searchParams.get('error')).toBe('invalid_request');
    const implicit = await new Browser().open(await loginUrl(client, { response_type: 'id_token' }));
    expect(implicit.left?.href ?? '').not.toContain('id_token=');
    const stranger = await discovery(
      new URL(`${origin}/${HOME_TENANT}/v2.0`),
      CLIENT_ID,
      undefined,
      ClientSecretPost('a-guess'),
      {
        execute: [allowInsecureRequests],
      },
    );
    await expect(refreshTokenGrant(stranger, 'x')).rejects.toMatchObject({ error: 'invalid_client' });
  });

  it('says on each page what it is, and loads and frames nothing', async () => {
    for (const path of [
      '/',
      '/nowhere',
      `/${HOME_TENANT}/interaction/made-up`,
      '/organizations/oauth2/v2.0/authorize',
      `/${HOME_TENANT}/oauth2/v2.0/authorize?client_id=%3Cscript%3E`,
    ]) {
      const answer = await fetch(origin + path, { redirect: 'manual' });
      const html = await answer.text();
      expect(html).toContain('Never use it in production.');
      expect(html).not.toContain('<script>alert');
      expect(html).not.toMatch(/(?:src|href)="(?:https?:)?\/\//);
      const policy = answer.headers.get('content-security-policy');
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe-inline');
    }
  });

  it('answers to its own name only, whatever the headers say', async () => {
    const { request } = await import('node:http');
    const ask = (headers: Record<string, string>, path?: string) =>
      new Promise<{ status?: number; body: string }>((done) => {
        request(
          `${origin}/${HOME_TENANT}/v2.0/.well-known/openid-configuration`,
          { headers, ...(path ? { path } : {}) },
          (answer) => {
            let body = '';
            answer
              .on('data', (chunk) => (body += String(chunk)))
              .on('end', () => done({ status: answer.statusCode, body }));
          },
        ).end();
      });
    expect((await ask({ host: 'rebound.evil.test' })).status).toBe(421);
    for (const path of ['//[', '//evil.test/', 'http://evil.test/']) expect((await ask({}, path)).status).toBe(400);
    const forwarded = await ask({ 'x-forwarded-host': 'evil.test', 'x-forwarded-proto': 'https' });
    expect(forwarded.body).toContain(`"token_endpoint":"${origin}/`);
  });
});

describe('its start', () => {
  it('is refused in production, on other addresses than loopback, and with addresses it cannot use: in one list', async () => {
    const production = start({ NODE_ENV: 'production', HOST: '0.0.0.0', REDIRECT_URIS: 'nonsense' });
    await eventually(() => expect(production.isRunning()).toBe(false), { timeoutMs: 20_000 });
    expect(await production.stop()).toBe(1);
    const said = production.output();
    expect(said).toContain(
      'NODE_ENV is production: the development identity provider signs anybody in without a password',
    );
    expect(said).toContain('HOST is no loopback address');
    expect(said).toContain('REDIRECT_URIS must be');
    expect(said).not.toContain(CLIENT_SECRET);
    expect(said).not.toContain('    at ');
  });

  it('keeps its keys in DATA_DIR, for their owner only, and rotates refresh tokens strictly on request', async () => {
    const folder = testFolder('dev-idp');
    const port = String(await freePort());
    const at = `http://127.0.0.1:${port}`;
    const keys = async () => (await fetch(`${at}/${HOME_TENANT}/discovery/v2.0/keys`)).text();
    const first = start({ PORT: port, DATA_DIR: folder });
    await isUp(at);
    const before = await keys();
    expect(await first.stop()).toBe(0);
    const second = start({ PORT: port, DATA_DIR: folder, ROTATE_REFRESH_TOKENS: 'true' });
    await isUp(at);
    expect(await keys()).toBe(before);
    const client = await application(at);
    const back = await new Browser().open(await loginUrl(client, { person: 'olaf' }));
    const old = (await authorizationCodeGrant(client, back.left!, checks)).refresh_token!;
    const next = (await refreshTokenGrant(client, old)).refresh_token!;
    expect(next).not.toBe(old);
    await expect(refreshTokenGrant(client, old)).rejects.toMatchObject({ error: 'invalid_grant' });
    await expect(refreshTokenGrant(client, next)).rejects.toMatchObject({ error: 'invalid_grant' });
    await second.stop();
    const { statSync } = await import('node:fs');
    expect(statSync(join(folder, 'dev-idp-keys.json')).mode & 0o077).toBe(0);
  });
});
