import { eventually } from '../../libs/testing/dist/index.js';
import { saw } from './stage/answers.mjs';

const ALERT = 'RedisConnectionFailure';
/** It must last a minute before anybody is woken. */
const FIRES_WITHIN_MS = 120_000;
const RESOLVES_WITHIN_MS = 60_000;

/**
 * Redis is stopped, all of it. What need not know it goes on, the rest says 503; the alert fires, and resolves once Redis is back.
 *
 * @param {import('./stage/monitoring.mjs').Monitoring} monitoring
 * @param {{ person: object, tokens: { access_token: string, refresh_token: string } }} somebody - signed in
 */
export async function losesRedis(report, site, monitoring, { person, tokens }) {
  const { client, api, redis } = site;
  const headers = { authorization: `Bearer ${tokens.access_token}` };
  const other = await client.ask(`${api}/api/v1/auth/signin`, { body: person });
  const leaver = { authorization: `Bearer ${other.json.data.access_token}` };
  const before = await monitoring.alerts();
  report.saw(`${ALERT} before`, before.includes(ALERT), { promise: 'false', kept: !before.includes(ALERT) });

  await report.step('Redis is stopped', async () => {
    for (const server of redis.servers.toReversed()) await server.stop();
  });
  const stoppedMs = performance.now();
  await report.step('without Redis', async () => {
    saw(report, 'orders, with a token from before', await client.ask(`${api}/api/orders`, { headers }), 200);
    const signIn = await client.ask(`${api}/api/v1/auth/signin`, { body: person });
    saw(report, 'sign-in', signIn, 200);
    const refresh = { body: { refresh_token: tokens.refresh_token } };
    saw(report, 'refresh', await client.ask(`${api}/api/v1/auth/refresh`, refresh), 503);
    saw(report, 'sign-out', await client.ask(`${api}/api/v1/auth/signout`, { method: 'POST', headers: leaver }), 200);
  });
  await report.step(`${ALERT} is told to Alertmanager`, () =>
    eventually(
      async () => {
        if (!(await monitoring.alerts()).includes(ALERT)) throw new Error('nobody has been told yet');
      },
      { timeoutMs: FIRES_WITHIN_MS, everyMs: 500 },
    ),
  );
  seconds(report, 'from the stop to the alert', stoppedMs, 'after a minute');

  await report.step('Redis is started', async () => {
    for (const server of redis.servers) await server.start();
  });
  const startedMs = performance.now();
  await report.step('the sign-out of meanwhile holds, and sessions go on', () =>
    eventually(
      async () => {
        for (const { url } of site.orders) {
          const { status } = await client.ask(`${url}/api/orders`, { headers: leaver });
          if (status !== 401) throw new Error(`an instance of orders answers ${status} to who has signed out`);
        }
        const again = await client.ask(`${api}/api/v1/auth/refresh`, { body: { refresh_token: tokens.refresh_token } });
        if (again.status !== 200) throw new Error(`refresh answers ${again.status}`);
        Object.assign(tokens, again.json.data);
      },
      { timeoutMs: RESOLVES_WITHIN_MS, everyMs: 250 },
    ),
  );
  seconds(report, 'from the start to refresh and sign-out as ever', startedMs, '');
  await report.step(`${ALERT} resolves`, () =>
    eventually(
      async () => {
        if ((await monitoring.alerts()).includes(ALERT)) throw new Error('it has not resolved yet');
      },
      { timeoutMs: RESOLVES_WITHIN_MS, everyMs: 500 },
    ),
  );
  seconds(report, 'from the start to the end of the alert', startedMs, '');
}

function seconds(report, what, sinceMs, promise) {
  report.saw(what, Math.round((performance.now() - sinceMs) / 100) / 10, { unit: 's', promise });
}
