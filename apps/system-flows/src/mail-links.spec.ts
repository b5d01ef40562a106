import { testFolder } from '@gatehouse/testing';
import { type Browser, chromium, type Page } from 'playwright-core';
import { AppProcess } from './harness/app-process.js';
import { somebody } from './harness/device.js';
import { ask, codeOf, dataOf } from './harness/http.js';

let auth: AppProcess;
let home: string;
let browser: Browser;
beforeAll(async () => {
  browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--disable-background-networking'],
  });
  auth = await AppProcess.launch('auth', { DATA_DIR: testFolder('mail-links') });
  home = `http://localhost:${auth.port}`;
}, 120_000);
afterAll(async () => {
  await browser.close();
  await auth.stop();
});

const post = (path: string, body: object) => ask(`${home}/api/v1/auth/${path}`, { method: 'POST', body });

/** A tab that knows what its page could not load or run, and every address it asked. */
async function aTab() {
  const page = await browser.newPage();
  const asked: string[] = [];
  const complaints: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', ({ message }) => complaints.push(message));
  return { page, asked, complaints };
}

/** Follows a link as a person does: in the inbox. */
async function follow(page: Page, path: string): Promise<string> {
  const link = page.locator(`a[href*="${path}#token="]`).first();
  for (let attempt = 0; attempt < 50; attempt++) {
    await page.goto(`${home}/dev/inbox`);
    if ((await link.count()) > 0) break;
    await page.waitForTimeout(100);
  }
  const address = (await link.getAttribute('href')) ?? '';
  await link.click();
  await page.waitForURL(`${home}${path}`);
  return address;
}

const said = async (page: Page, text: string | RegExp) =>
  page.getByRole('status').filter({ hasText: text }).waitFor({ timeout: 20_000 });

it('links in the inbox of a machine work: an address is confirmed, a password set, an account kept', async () => {
  const person = somebody();
  await post('signup', person);
  const { page, asked, complaints } = await aTab();
  const links = [await follow(page, '/verify-email')];
  await page.getByRole('button', { name: 'Confirm the address' }).click();
  await said(page, 'The address is confirmed.');

  await post('password/forgot', { email: person.email });
  links.push(await follow(page, '/reset-password'));
  await page.getByLabel('New password').fill('password');
  await page.getByRole('button', { name: 'Set the password' }).click();
  await said(page, /\(WEAK_PASSWORD, \w+.*\)/);
  const password = 'analytical engine';
  await page.getByLabel('New password').fill(password);
  await page.keyboard.press('Enter');
  await said(page, 'The new password stands. Sign in with it.');
  expect(codeOf(await post('signin', person))).toBe('INVALID_CREDENTIALS');
  const { access_token: token } = dataOf<{ access_token: string }>(
    await post('signin', { email: person.email, password }),
  );
  const me = dataOf(await ask(`${home}/api/v1/auth/me`, { token }));
  expect(me).toMatchObject({ user: { email_verified: true } });

  await ask(`${home}/api/v1/auth/account`, { method: 'DELETE', token });
  links.push(await follow(page, '/restore-account'));
  await page.getByRole('button', { name: 'Keep the account' }).click();
  await said(page, 'The account stays. Sign in to use it.');

  // One use of a link, and none without its token.
  await page.goto('about:blank');
  await page.goto(links[0] ?? '');
  await page.getByRole('button', { name: 'Confirm the address' }).click();
  await said(page, /\(VERIFY_TOKEN_INVALID\)/);
  await page.reload();
  await said(page, 'This address has no token.');

  // What answers 400 the browser itself notes; nothing else, and nothing was kept from running.
  expect(complaints.filter((text) => !text.includes('status of 400'))).toEqual([]);
  const tokens = links.map((link) => new URL(link).hash.replace('#token=', ''));
  expect(tokens).toEqual(links.map(() => expect.stringMatching(/^[\w-]{43}$/)));
  const sent = asked.map((address) => address.split('#')[0]).join('\n');
  const logged = auth
    .output()
    .split('\n')
    .filter((line) => !line.includes('shown at /dev/inbox'))
    .join('\n');
  for (const secret of [...tokens, password]) {
    expect(sent).not.toContain(secret);
    expect(logged).not.toContain(secret);
  }
  await page.close();
}, 90_000);
