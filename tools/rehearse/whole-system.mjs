import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { eventually } from '../../libs/testing/dist/index.js';
import { TOP } from '../run/top.mjs';
import { Crowd } from './crowd.mjs';
import { endInOrder, signOut } from './stage/endings.mjs';
import { losesRedis } from './redis-stopped.mjs';
import { saw } from './stage/answers.mjs';
import { Browser } from './stage/client.mjs';
import { startMonitoring } from './stage/monitoring.mjs';
import { startSite } from './stage/site.mjs';

/** The crowd comes from one address, and wants more of it than people do. */
const ROOM = { RATE_LIMIT_SIGNIN_PER_MINUTE: '10000', RATE_LIMIT_API_PER_MINUTE: '1000000' };
/** Rates are of the last minute, and recorded ones of five. */
const FIGURES_WITHIN_MS = 150_000;

/** The whole system as real processes, with the configuration files of `docker/`; only addresses and paths are put in. */
export async function run(report) {
  const site = await startSite(report, { authEnv: ROOM });
  const monitoring = await report.step('Prometheus, Alertmanager and four exporters', () =>
    startMonitoring(report, site),
  );
  const person = { email: `ada-${randomBytes(4).toString('hex')}@example.com`, password: 'a correct horse battery' };
  const tokens = await report.step('an app signs up, signs in and refreshes', () => signInApp(report, site, person));
  await report.step('orders take the token, and nobody without one', () => useOrders(report, site, tokens));
  const browser = await report.step('a browser signs in through the gateway', () => signInBrowser(report, site));
  await report.step('the doctor looks at it', () => askDoctor(report, site));
  const crowd = new Crowd(site);
  report.atEnd('the crowd', () => crowd.end());
  await report.step('people come', () => crowd.begin({ apps: 3, browsers: 1 }));
  await report.step('one instance of each is replaced under load', () => replace(report, site, crowd));
  await report.step('every dashboard and rule has its figures', () => showFigures(report, site, monitoring));
  await crowd.end();
  report.saw('requests of all these people', crowd.requests);
  await losesRedis(report, site, monitoring, { person, tokens });
  await report.step('a sign-out is heard by every service', () => signOut(report, site, tokens, browser));
  await report.step('everything ends in order', () => endInOrder(report, site));
}

/** Under the account of people with the command line. */
async function askDoctor(report, site) {
  const env = {
    ...site.redis.env('operator'),
    DB_HOST: '127.0.0.1',
    DB_PORT: String(site.mysql.port),
    DB_USER: 'gatehouse-auth',
    DB_NAME: 'gatehouse',
    DB_PASSWORD_FILE: join(site.secrets, 'mysql-auth-password'),
    AUTH_URL: `http://127.0.0.1:${site.ports.inside}`,
    AUTH_TRUST_ANCHOR: site.secret('trust-anchor'),
  };
  const { PATH, HOME } = process.env;
  const args = [join(TOP, 'apps/cli/bin/gatehouse.mjs'), 'doctor', '--json'];
  const { status, stdout } = spawnSync(process.execPath, args, { env: { PATH, HOME, ...env }, encoding: 'utf8' });
  const found = JSON.parse(stdout || '{}').findings ?? [];
  const of = (severity) => found.filter((one) => one.severity === severity).map(({ code }) => code);
  report.saw('dangers that the doctor finds', of('danger').join(' ') || 'none', {
    promise: 'none',
    kept: status === 0,
  });
  report.saw('what it warns of', of('warning').join(' ') || 'nothing');
}

/** The whole of it, each instance and 20,000 requests: `npm run rehearse -- rolling-restart`. */
async function replace(report, { auth, orders, gateway }, crowd) {
  for (const [one] of [auth, orders, gateway]) {
    const code = await one.stop();
    report.saw(`exit code of ${one.name}`, code ?? 'killed', { promise: '0', kept: code === 0 });
    await one.start();
  }
  const failed = crowd.failures.length;
  report.saw('requests that failed meanwhile', failed, { promise: `0 of ${crowd.requests}`, kept: failed === 0 });
  for (const failure of crowd.failures.slice(0, 5)) report.say(`      ${failure}`);
}

async function showFigures(report, site, monitoring) {
  const found = await eventually(
    async () => {
      const { up, down } = await monitoring.targets();
      if (down.length > 0) throw new Error(`not scraped: ${down.join(', ')}`);
      await aDay(site);
      const asked = await monitoring.askEverything();
      const without = [...asked.failed, ...asked.empty].map(({ where }) => where);
      if (without.length > 0) throw new Error(`no figures: ${without.join(', ')}`);
      return { ...asked, up };
    },
    { timeoutMs: FIGURES_WITHIN_MS, everyMs: 3_000 },
  );
  report.saw('scraped instances', found.up.length);
  report.saw('queries of dashboards and rules with an answer', found.answered.length, { promise: 'all but the quiet' });
  report.saw('queries that are quiet while all is well', found.quiet.length);
}

/** What people and programs do all day, and some of what goes wrong: figures that nothing has happened to are not there. */
async function aDay({ client, api }) {
  const person = { email: `day-${randomBytes(6).toString('hex')}@example.com`, password: 'a correct horse battery' };
  await client.ask(`${api}/api/v1/auth/signup`, { body: person });
  await client.ask(`${api}/api/v1/auth/signin`, { body: { ...person, password: 'not the right one' } });
  const { json } = await client.ask(`${api}/api/v1/auth/signin`, { body: person });
  const headers = { authorization: `Bearer ${json?.data?.access_token}` };
  // One decision in sixteen is timed, by each instance.
  for (let i = 0; i < 32; i++) await client.ask(`${api}/api/orders`, { headers });
  await client.ask(`${api}/api/orders`, { headers: { authorization: `${headers.authorization}x` } });
  await client.ask(`${api}/api/v1/auth/signout`, { method: 'POST', headers });
  await client.ask(`${api}/api/orders`, { headers });
}

async function signInApp(report, { client, api }, person) {
  saw(report, 'sign-up', await client.ask(`${api}/api/v1/auth/signup`, { body: person }), 201);
  // By its other address: /auth/ is taken away on the way.
  const first = await client.ask(`${api}/auth/api/v1/auth/signin`, { body: person });
  saw(report, 'sign-in under /auth/', first, 200);
  const body = { refresh_token: first.json.data.refresh_token };
  const refreshed = await client.ask(`${api}/api/v1/auth/refresh`, { body });
  saw(report, 'refresh', refreshed, 200);
  return refreshed.json.data;
}

async function useOrders(report, { client, api }, { access_token }) {
  const headers = { authorization: `Bearer ${access_token}` };
  const order = { item: 'tea', quantity: 1 };
  saw(report, 'an order is placed', await client.ask(`${api}/api/orders`, { headers, body: order }), 201);
  saw(report, 'orders by their other address', await client.ask(`${api}/api/orders/orders`, { headers }), 200);
  saw(report, 'orders without a token', await client.ask(`${api}/api/orders`), 401);
}

async function signInBrowser(report, { client, app }) {
  const browser = new Browser(client);
  const choice = await browser.go(`${app}/api/orders`);
  const page = await browser.go(choice.url, { method: 'POST', form: { person: 'olaf' } });
  saw(report, 'orders, after the login', page, 200);
  const names = browser
    .cookies(app)
    .split('; ')
    .map((pair) => pair.split('=')[0]);
  const promise = 'among them __Host-gw';
  report.saw('cookies of the browser', names.join(' '), { promise, kept: names.includes('__Host-gw') });
  return browser;
}
