import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { eventually, freePort, testFolder } from '@gatehouse/testing';
import { chromium } from 'playwright-core';
import { somebody } from './harness/device.js';
import { ask, codeOf, dataOf } from './harness/http.js';
import { type ReadyBlock, readyBlock, start, TOP } from './harness/npm-start.js';
import { SecretVault } from './harness/secret-vault.js';

const sh = (script: string): Promise<string> =>
  new Promise((resolve, reject) => {
    execFile('/bin/sh', ['-c', script], (error, out) => (error ? reject(error) : resolve(out)));
  });

/** A clone that has been built: the scripts of `package.json`, where `.data` is nobody else's. */
function clone(): string {
  const folder = testFolder('clone');
  const read = (path: string) => JSON.parse(readFileSync(join(TOP, path), 'utf8')) as { scripts: object };
  const manifest = read('package.json');
  const built = { ...manifest, scripts: { ...manifest.scripts, build: 'node --eval 0' } };
  writeFileSync(join(folder, 'package.json'), JSON.stringify(built));
  mkdirSync(join(folder, 'apps/auth'), { recursive: true });
  writeFileSync(join(folder, 'apps/auth/package.json'), JSON.stringify(read('apps/auth/package.json')));
  symlinkSync(join(TOP, 'apps/auth/dist'), join(folder, 'apps/auth/dist'));
  return folder;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** What a newcomer does: opens the address, chooses somebody at the provider, sees the answer, signs out, here and there. */
async function clickThrough({ signIn, gateway, idp }: ReadyBlock): Promise<void> {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
  try {
    const page = await browser.newPage();
    const enter = async () => {
      await page.goto(signIn);
      expect(await page.textContent('body')).toMatch(/development/i);
      await page.getByRole('button', { name: /Olaf Orders/ }).click();
      await page.waitForURL(signIn);
      expect(await page.textContent('body')).toContain('"success":true');
    };
    const whoIs = async () =>
      ((await (await page.request.get(`${gateway}/_gw/session`)).json()) as { data: unknown }).data;
    await enter();
    expect(await whoIs()).toMatchObject({
      signed_in: true,
      provider: 'dev',
      roles: expect.arrayContaining(['orders-reader']),
    });
    await page.goto(`${gateway}/_gw/logout`);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.waitForURL((url) => url.href.startsWith(`${gateway}/_gw/signed-out`));
    expect(await whoIs()).toMatchObject({ signed_in: false });

    // At the provider itself, which tells the gateway in a frame of its page and in no other way.
    await enter();
    await page.goto(idp);
    await page.getByRole('link', { name: 'Sign out here' }).click();
    const told = page.waitForResponse((answer) => answer.url().startsWith(`${gateway}/_gw/oidc/dev/frontchannel?`));
    await page.getByRole('button', { name: 'Sign out' }).click();
    expect((await told).status()).toBe(200);
    await page.waitForURL((url) => url.origin === idp && url.pathname.endsWith('/success'));
    expect(await whoIs()).toMatchObject({ signed_in: false });
  } finally {
    await browser.close();
  }
}

const isAnswered = (url: string) =>
  ask(`${url}/health`, { timeoutMs: 1_000 }).then(
    () => true,
    () => false,
  );

describe('npm start', () => {
  it('starts everything from nothing; what it prints can be pasted and clicked; an interrupt leaves nothing behind', async () => {
    const { child, dataDir } = await start();
    const ready = await readyBlock(child);
    const { auth, orders, session, gateway, idp } = ready;

    const statuses = [...(await sh(session)).matchAll(/\((\d{3})\)$/gm)].map((match) => match[1]);
    expect(statuses).toEqual(['201', '200', '200', '401']);
    const again = [...(await sh(session)).matchAll(/\((\d{3})\)$/gm)].map((match) => match[1]);
    expect(again).toEqual(['409', '200', '200', '401']);

    await clickThrough(ready);
    process.kill(child.pid, 'SIGINT');
    await eventually(() => expect(child.isRunning()).toBe(false), { timeoutMs: 9_000 });
    for (const url of [auth, orders, gateway, idp]) expect(await isAnswered(url)).toBe(false);
    expect(child.output()).not.toMatch(/Error|failed/);
    const written = ['auth', 'orders', 'gateway', 'dev-idp']
      .map((name) => readFileSync(join(dataDir, `${name}.log`), 'utf8'))
      .join('');
    expect(written).toContain('"listening"');
    const vault = new SecretVault();
    vault.add('the password', 'correct horse battery');
    for (const name of ['dev-idp-client-secret', 'gateway-session-key']) {
      const path = join(dataDir, name);
      expect(statSync(path).mode & 0o777).toBe(0o600);
      vault.add(name, readFileSync(path, 'utf8').trim());
    }
    // The file names its secrets and holds none.
    expect(vault.findIn(readFileSync(join(dataDir, 'gateway.yaml'), 'utf8'))).toEqual([]);
    expect(vault.findIn(written)).toEqual([]);
  }, 120_000);

  it('keeps accounts and ends over a restart', async () => {
    const first = await start();
    const { auth } = await readyBlock(first.child);
    const person = somebody();
    await ask(`${auth}/api/v1/auth/signup`, { method: 'POST', body: person });
    const signedIn = await ask(`${auth}/api/v1/auth/signin`, { method: 'POST', body: person });
    const { access_token: token } = dataOf<{ access_token: string }>(signedIn);
    expect((await ask(`${auth}/api/v1/auth/signout`, { method: 'POST', token })).status).toBe(200);
    await first.child.stop();

    const { child } = await start({ DATA_DIR: first.dataDir, ...first.ports });
    const { auth: authUrl, orders } = await readyBlock(child);
    expect(codeOf(await ask(`${orders}/api/orders`, { token }))).toBe('SESSION_REVOKED');
    expect((await ask(`${authUrl}/api/v1/auth/signin`, { method: 'POST', body: person })).status).toBe(200);
    await child.stop();
  }, 120_000);

  it('works on the very data that admin:new and keys:rotate change', async () => {
    const folder = clone();
    const settings = { KEY_PUBLISH_AHEAD: '1s' };
    const npm = (script: string) =>
      sh(`cd ${folder} && unset DATA_DIR && KEY_PUBLISH_AHEAD=${settings.KEY_PUBLISH_AHEAD} npm run -s ${script}`);
    // Where `npm start` of that clone has it.
    const { child } = await start({ DATA_DIR: join(folder, '.data'), ...settings });
    const { auth } = await readyBlock(child);
    const admin = { email: 'admin@example.test', password: 'correct horse battery' };
    const post = (route: string, body: object) => ask(`${auth}/api/v1/auth/${route}`, { method: 'POST', body });
    const made = await npm(`admin:new -- --email ${admin.email} --password-stdin <<end\n${admin.password}\nend`);
    expect(made).toMatch(/^Made administrator \d+\.$/m);
    interface Pair {
      readonly access_token: string;
      readonly refresh_token: string;
    }
    let held = dataOf<Pair>(await post('signin', admin));

    const [kid] = (await npm('keys:rotate')).split(' ');
    const keyOf = (token: string) =>
      (JSON.parse(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString()) as { kid: string }).kid;
    const renewed = async () => {
      // Sign-ins are limited, and how often this has to look is the machine's to say.
      held = dataOf<Pair>(await post('refresh', { refresh_token: held.refresh_token }));
      return keyOf(held.access_token);
    };
    await eventually(async () => expect(await renewed()).toBe(kid), { timeoutMs: 30_000, everyMs: 500 });
    await child.stop();
  }, 120_000);

  it('says in one sentence that a port is taken, before it does anything', async () => {
    const port = await freePort();
    const occupant: Server = createServer().listen(port, '127.0.0.1');
    const { child } = await start({ ORDERS_PORT: String(port) });
    await eventually(() => expect(child.isRunning()).toBe(false), { timeoutMs: 10_000 });
    expect(child.output().trim()).toBe(`Port ${port} is taken; choose another with ORDERS_PORT.`);
    occupant.close();
  }, 30_000);

  it('begins no development provider in production, nor beside another one', async () => {
    const module = join(TOP, 'tools/run/gateway-settings.mjs');
    const asked = `[{ NODE_ENV: 'production' }, { IDENTITY_PROVIDERS: '{}' }, {}].map(m.gatewayIsLeftOut).join(' | ')`;
    const args = ['-e', `import('${module}').then((m) => console.log(${asked}))`];
    const said = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, args, (error, out) => (error ? reject(error) : resolve(out)));
    });
    expect(said.trim()).toMatch(
      /^No development identity provider in production; .* \| IDENTITY_PROVIDERS is set; .* \|$/,
    );
  });

  it('ends, and shows the last words, when one of the two dies', async () => {
    const { child } = await start();
    const { auth, orders } = await readyBlock(child);
    const pid = (await sh(`ps -eo pid,ppid,args | awk '$2 == ${child.pid} && /orders/ { print $1 }'`)).trim();
    process.kill(Number(pid), 'SIGKILL');
    await eventually(() => expect(child.isRunning()).toBe(false), { timeoutMs: 9_000 });
    expect(child.output()).toMatch(/orders was ended by SIGKILL\. Its last lines:\n.*"listening"/s);
    for (const url of [auth, orders]) expect(await isAnswered(url)).toBe(false);
  }, 120_000);

  it('leaves no service behind even when it is killed itself', async () => {
    const { child } = await start();
    await readyBlock(child);
    const pids = (await sh(`ps -eo pid,ppid | awk '$2 == ${child.pid} { print $1 }'`)).trim().split(/\s+/).map(Number);
    expect(pids.length).toBeGreaterThanOrEqual(2);
    await child.kill();
    // Gone, not just deaf: nobody reads their last lines any more.
    for (const pid of pids) await eventually(() => expect(isAlive(pid)).toBe(false), { timeoutMs: 9_000 });
  }, 120_000);

  it('tells what is wrong with a setting, in the words of the service', async () => {
    const { child } = await start({ ACCESS_TOKEN_EXPIRY: 'soon' });
    await eventually(() => expect(child.isRunning()).toBe(false), { timeoutMs: 60_000 });
    expect(child.output()).toMatch(
      /ACCESS_TOKEN_EXPIRY must be a duration.*Letting the gateway in failed \(exit code 2\)/s,
    );
    expect(await child.stop()).toBe(1);
  }, 90_000);
});
