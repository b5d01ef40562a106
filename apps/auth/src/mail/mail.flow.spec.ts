import { randomHex } from '@gatehouse/kernel';
import { eventually, freePort, freshMysqlDatabaseUrl, startMysql, startRedis, testFolder } from '@gatehouse/testing';
import { letterTo, lettersOf } from '../../test/mailbox.js';
import { startSmtp } from '../../test/smtp.js';
import { type RunningAuth, startAuth } from '../../test/start-auth.js';
import { generateSecrets } from '../config/embedded-secrets.js';

const PASSWORD = 'difference engine';
const secrets = generateSecrets();
const keys = { KEY_ENCRYPTION_KEY: secrets.keyEncryptionKey, ROOT_SIGNING_KEY: secrets.rootSigningKey };
const aPerson = () => ({ email: `ada-${randomHex(6)}@example.test`, password: PASSWORD });
const smtpEnv = (port: number) => ({
  SMTP_URL: `smtp://127.0.0.1:${port}`,
  SMTP_TLS: 'none',
  MAIL_FROM: 'Gatehouse <no-reply@example.test>',
  APP_URL: 'https://app.example.test/',
});
const signUp = (auth: RunningAuth, body: object, headers: Record<string, string> = {}) =>
  auth.ask('POST', '/api/v1/auth/signup', { body, headers });

describe('mail through a server', () => {
  it('goes out behind the answer, with a link to the configured pages, whatever the Host header says', async () => {
    const smtp = await startSmtp();
    const auth = await startAuth(smtpEnv(smtp.port));
    const person = aPerson();
    const host = {
      host: 'evil.example.test',
      'x-forwarded-host': 'evil.example.test',
      origin: 'https://evil.example.test',
    };
    expect((await signUp(auth, person, host)).status).toBe(201);
    await eventually(() => expect(smtp.received).toHaveLength(1));
    const text = smtp.received[0]!.raw.replace(/=\r\n/g, '');
    expect(smtp.received[0]!.to).toEqual([person.email]);
    expect(text).toMatch(/https:\/\/app\.example\.test\/verify-email#token=3D[A-Za-z0-9_-]{43}/);
    expect(text).not.toContain('evil');
    expect((await auth.ask('GET', '/dev/inbox')).status).toBe(404);
    expect(auth.log()).not.toContain(person.email);
    expect(auth.log()).not.toMatch(/#token=/);
    await auth.close();
  });

  it('waits while the server is away, outlives the process, and no request waits for it', async () => {
    const port = await freePort();
    const env = { ...smtpEnv(port), DATA_DIR: testFolder('auth-mail') };
    const first = await startAuth(env);
    const person = aPerson();
    const startedMs = performance.now();
    expect((await signUp(first, person)).status).toBe(201);
    expect((await first.ask('POST', '/api/v1/auth/password/forgot', { body: { email: person.email } })).status).toBe(
      202,
    );
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    await eventually(() => expect(first.log()).toMatch(/postponed after attempt 1: ESOCKET|ECONNECTION|ECONNREFUSED/));
    await first.close();
    const smtp = await startSmtp({}, port);
    const second = await startAuth(env);
    await eventually(() => expect(smtp.received).toHaveLength(2), { timeoutMs: 20_000 });
    expect(smtp.received.map(({ to }) => to)).toEqual([[person.email], [person.email]]);
    expect(second.log()).not.toContain(person.email);
    await second.close();
  }, 40_000);

  it('to a server that never answers holds up neither requests nor the end of the process', async () => {
    let connections = 0;
    const smtp = await startSmtp({ onConnect: () => void connections++ });
    const auth = await startAuth(smtpEnv(smtp.port));
    expect((await signUp(auth, aPerson())).status).toBe(201);
    await eventually(() => expect(connections).toBe(1));
    const startedMs = performance.now();
    await auth.close();
    expect(performance.now() - startedMs).toBeLessThan(7_000);
  });
});

describe('mail of several instances', () => {
  it('goes out once', async () => {
    const [redis, databaseUrl] = await Promise.all([startRedis(), freshMysqlDatabaseUrl()]);
    const smtp = await startSmtp();
    const env = { ...keys, ...smtpEnv(smtp.port), REDIS_URL: redis.url, DATABASE_URL: databaseUrl };
    const instances = await Promise.all([startAuth(env), startAuth(env), startAuth(env)]);
    const people = Array.from({ length: 30 }, aPerson);
    await Promise.all(people.map((person, n) => signUp(instances[n % 3]!, person)));
    await eventually(() => expect(smtp.received).toHaveLength(30), { timeoutMs: 15_000 });
    // Two more looks at the outbox by everybody.
    await new Promise((resolve) => setTimeout(resolve, 4_500));
    expect(smtp.received.map(({ to }) => to[0]).sort()).toEqual(people.map(({ email }) => email).sort());
    await Promise.all(instances.map((auth) => auth.close()));
    await redis.stop();
  }, 60_000);

  it('is not asked for while the database is away: an answer in time, the same for everybody', async () => {
    const [redis, mysql] = await Promise.all([startRedis(), startMysql()]);
    const env = { ...keys, REDIS_URL: redis.url, DATABASE_URL: (await mysql.createDatabase()).url };
    const auth = await startAuth(env);
    const person = aPerson();
    await eventually(async () => expect((await signUp(auth, person)).status).toBeLessThan(410));
    await mysql.kill();
    for (const email of [person.email, 'nobody@example.test']) {
      const startedMs = performance.now();
      const { status, body } = await auth.ask('POST', '/api/v1/auth/password/forgot', { body: { email } });
      expect([status, body.error.code]).toEqual([503, 'DEGRADED_UNAVAILABLE']);
      expect(performance.now() - startedMs).toBeLessThan(2_000);
    }
    await auth.close();
    await Promise.all([redis.stop(), mysql.stop()]);
  }, 60_000);
});

describe('without a mail server', () => {
  const production = { NODE_ENV: 'production', ALLOW_EMBEDDED: 'true', ...keys };

  it('in production what needs mail says so, alike for everybody, and the rest goes on', async () => {
    const auth = await startAuth(production);
    const person = aPerson();
    expect((await signUp(auth, person)).status).toBe(201);
    for (const path of ['password/forgot', 'email/resend']) {
      for (const email of [person.email, 'nobody@example.test']) {
        const { status, body } = await auth.ask('POST', `/api/v1/auth/${path}`, { body: { email } });
        expect([status, body.error.code]).toEqual([501, 'MAIL_NOT_SET_UP']);
      }
    }
    expect((await auth.ask('GET', '/dev/inbox')).status).toBe(404);
    await auth.close();
  });

  it('on a developer’s machine the inbox page shows it, to a browser on that machine', async () => {
    const auth = await startAuth();
    const person = { ...aPerson(), name: '<script>alert(1)</script>' };
    await signUp(auth, person);
    await letterTo(auth, person.email, /Confirm/);
    const page = await auth.ask('GET', '/dev/inbox');
    expect(page.status).toBe(200);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toContain("default-src 'none'");
    expect(page.text).toContain(person.email);
    expect(page.text).toMatch(/<a href="http:\/\/auth\.test\/verify-email#token=[A-Za-z0-9_-]{43}"/);
    expect(page.text).not.toContain('<script');
    expect(lettersOf(auth)).toHaveLength(1);
    expect(auth.log()).toContain('shown at /dev/inbox');
    expect(auth.log()).not.toContain(person.email);
    await auth.close();
  });

  it('every link of a letter leads to a page, as long as no application is named', async () => {
    const auth = await startAuth();
    const person = aPerson();
    await signUp(auth, person);
    await auth.ask('POST', '/api/v1/auth/password/forgot', { body: { email: person.email } });
    const { body } = await auth.ask('POST', '/api/v1/auth/signin', { body: person });
    await letterTo(auth, person.email, /Set a new password/);
    await eventually(async () => {
      const asked = await auth.ask('DELETE', '/api/v1/auth/account', { token: body.data.access_token });
      expect(asked.status).toBe(202);
    });
    await letterTo(auth, person.email, /will be deleted/);
    await letterTo(auth, person.email, /Confirm/);
    const links = lettersOf(auth).flatMap(({ text }) => text.match(/http:\/\/\S+/g) ?? []);
    expect(links.map((link) => new URL(link).pathname).sort()).toEqual(
      expect.arrayContaining(['/reset-password', '/restore-account', '/verify-email']),
    );
    for (const path of ['/', ...links.map((link) => new URL(link).pathname)]) {
      const page = await auth.ask('GET', path);
      expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
      expect(page.headers['content-security-policy']).toMatch(/default-src 'none'.*form-action 'none'/);
      expect(page.headers['content-security-policy']).not.toContain('unsafe');
      expect(page.headers['cache-control']).toBe('no-store');
      const elsewhere = await auth.ask('GET', path, { headers: { host: 'evil.example.test' } });
      expect(elsewhere.status).toBe(404);
    }
    await auth.close();
  });

  it.each([
    ['where an application is named', { APP_URL: 'https://app.example.test' }],
    ['in production', { ...production, APP_URL: 'http://auth.test' }],
  ])('there are no such pages %s', async (_where, env) => {
    const auth = await startAuth(env);
    for (const path of ['/', '/verify-email', '/reset-password', '/restore-account']) {
      expect((await auth.ask('GET', path)).status).toBe(404);
    }
    await auth.close();
  });

  it.each([
    ['through a proxy', { 'x-forwarded-for': '203.0.113.9' }],
    ['through another', { forwarded: 'for=203.0.113.9' }],
    ['by a name that somebody has pointed here', { host: 'evil.example.test' }],
    ['by a name that begins like ours', { host: 'localhost.evil.test' }],
  ])('the inbox page is not there %s', async (_how, headers) => {
    const auth = await startAuth();
    const { status, text } = await auth.ask('GET', '/dev/inbox', { headers });
    expect(status).toBe(404);
    expect(text).not.toContain('<html');
    await auth.close();
  });

  it('the inbox page is not there for another machine', async () => {
    const { app, close } = await startAuth();
    for (const remoteAddress of ['192.0.2.1', '10.0.0.1', '2001:db8::1', '128.0.0.1']) {
      const { statusCode } = await app.inject({ method: 'GET', url: '/dev/inbox', remoteAddress });
      expect(statusCode).toBe(404);
    }
    await close();
  });
});
