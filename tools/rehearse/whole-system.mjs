import { randomBytes } from 'node:crypto';
import { eventually } from '../../libs/testing/dist/index.js';
import { Browser } from './stage/client.mjs';
import { startSite } from './stage/site.mjs';

/** Longest that any answer may take, whatever is down. */
const ANSWER_MS = 2_000;

/** The whole system as real processes, with the configuration files of `docker/`; only addresses and paths are put in. */
export async function run(report) {
  const site = await startSite(report);
  const person = { email: `ada-${randomBytes(4).toString('hex')}@example.com`, password: 'a correct horse battery' };
  const tokens = await report.step('an app signs up, signs in and refreshes', () => signInApp(report, site, person));
  await report.step('orders take the token, and nobody without one', () => useOrders(report, site, tokens));
  const browser = await report.step('a browser signs in through the gateway', () => signInBrowser(report, site));
  await report.step('a sign-out is heard by every service', () => signOut(report, site, tokens, browser));
  await report.step('everything ends in order', () => endInOrder(report, site));
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

/** Ends a session at the auth service, and a browser's at the gateway; each of two instances of everything must know. */
async function signOut(report, site, { access_token }, browser) {
  const { client, api, app, orders, gateway } = site;
  const authorization = `Bearer ${access_token}`;
  const startedMs = performance.now();
  const out = await client.ask(`${api}/api/v1/auth/signout`, { method: 'POST', headers: { authorization } });
  saw(report, 'sign-out', out, 200);
  await eventually(
    async () => {
      for (const { url } of orders) {
        const { status } = await client.ask(`${url}/api/orders`, { headers: { authorization } });
        if (status !== 401) throw new Error(`an instance of orders answers ${status} to a session that has ended`);
      }
    },
    { timeoutMs: ANSWER_MS, everyMs: 5 },
  );
  const heardMs = Math.round(performance.now() - startedMs);
  report.saw('from sign-out to refused by both', heardMs, {
    unit: 'ms',
    promise: `at most ${ANSWER_MS} ms`,
    kept: heardMs <= ANSWER_MS,
  });
  const cookie = browser.cookies(app);
  const home = { cookie, 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'cors', origin: app };
  const left = await client.ask(`${app}/_gw/logout`, { method: 'POST', headers: home });
  report.saw('logout at the gateway', left.status, { promise: 'below 400', kept: left.status < 400 });
  for (const { name, url } of gateway) {
    saw(
      report,
      `the cookie at ${name}`,
      await client.ask(`${url}/api/orders`, { headers: { ...home, host: new URL(app).host } }),
      401,
    );
  }
}

/** SIGTERM to all of ours, in the order in which they live off each other. */
async function endInOrder(report, { services, nginx, idp }) {
  for (const group of [[nginx], services, [idp]]) {
    const codes = await Promise.all(group.map((one) => one.stop()));
    for (const [i, code] of codes.entries()) {
      report.saw(`exit code of ${group[i].name}`, code ?? 'killed', { promise: '0', kept: code === 0 });
    }
  }
}

/** Notes a status, and that it came in time. */
function saw(report, what, { status, tookMs, text }, expected) {
  const kept = status === expected && tookMs <= ANSWER_MS;
  report.saw(what, `${status} in ${Math.round(tookMs)} ms`, { promise: `${expected} within ${ANSWER_MS} ms`, kept });
  if (status !== expected) throw new Error(`${what} answered ${status}: ${text.slice(0, 300)}`);
}
