import { eventually } from '../../../libs/testing/dist/index.js';
import { ANSWER_MS, saw } from './answers.mjs';

/** Ends a session at the auth service, and a browser's at the gateway; each of two instances of everything must know. */
export async function signOut(report, site, { access_token }, browser) {
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
export async function endInOrder(report, { services, nginx, idp }) {
  for (const group of [[nginx], services, [idp]]) {
    const codes = await Promise.all(group.map((one) => one.stop()));
    for (const [i, code] of codes.entries()) {
      report.saw(`exit code of ${group[i].name}`, code ?? 'killed', { promise: '0', kept: code === 0 });
    }
  }
}
