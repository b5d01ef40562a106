import { eventually } from '../../libs/testing/dist/index.js';
import { Crowd } from './crowd.mjs';
import { startSite } from './stage/site.mjs';

export const options = {
  requests: { type: 'string', default: '20000' },
};

/** NGINX asks an instance that it has found gone again after `fail_timeout`, 30 s in the file, and whatever it then waits. */
const WORK_AGAIN_MS = 60_000;
/** Of people with an app, and of browsers behind the gateway. */
const MANY = { apps: 12, browsers: 4 };

/**
 * Auth, orders and gateway, two of each behind NGINX: one instance after the other is told to end (SIGTERM), and begun again, while
 * people use everything; the next one once NGINX gives this one work again. Nobody may notice. Then the same with SIGKILL, to see that
 * this crowd would have noticed.
 */
export async function run(report, { requests }) {
  const atLeast = Number(requests);
  // The crowd comes from one address; limits are another matter.
  const site = await startSite(report, { authEnv: { RATE_LIMIT_ENABLED: 'false' } });
  const crowd = new Crowd(site);
  await report.step('people sign in, by app and by browser', () => crowd.begin(MANY));
  report.atEnd('the crowd', () => crowd.end());
  for (const service of site.services)
    await report.step(`${service.name} ends and begins again`, () => restart(report, service));
  await report.step(`until ${atLeast} requests are answered`, () =>
    eventually(
      () => {
        if (crowd.requests < atLeast) throw new Error(`only ${crowd.requests} requests so far`);
      },
      { timeoutMs: 300_000, everyMs: 100 },
    ),
  );
  await crowd.end();
  const failed = crowd.failures.length;
  report.saw('requests', crowd.requests, { promise: `at least ${atLeast}`, kept: crowd.requests >= atLeast });
  for (const [what, count] of crowd.asked) report.saw(`  ${what}`, count);
  report.saw('requests that failed', failed, { promise: '0', kept: failed === 0 });
  for (const [failure, count] of counted(crowd.failures))
    report.saw(`  ${failure}`, count, { promise: '0', kept: false });
  report.saw('slowest answer', Math.round(crowd.slowestMs), { unit: 'ms' });
  await killInstead(report, site);
}

async function restart(report, service) {
  const startedMs = performance.now();
  const code = await service.stop();
  const endedMs = performance.now();
  await service.start();
  const readyMs = performance.now();
  let open = 0;
  await eventually(
    async () => {
      const figures = await figuresOf(service);
      open += figures.open;
      if (figures.answered < 5 && open < 5) throw new Error(`${service.name} is given no work`);
    },
    { timeoutMs: WORK_AGAIN_MS, everyMs: 100 },
  );
  const took = [endedMs - startedMs, readyMs - endedMs, performance.now() - readyMs];
  const [down, up, work] = took.map((ms) => (ms / 1000).toFixed(1));
  report.saw(
    service.name,
    `ended in ${down} s with ${code ?? 'SIGKILL'}, ready after ${up} s, at work after ${work} s`,
    {
      promise: 'exit code 0',
      kept: code === 0,
    },
  );
}

/** Requests it has answered since it began, but for ours; of a gateway, which counts those of browsers elsewhere, those it has in hand. */
async function figuresOf({ url }) {
  const text = await (await fetch(`${url}/metrics`, { signal: AbortSignal.timeout(5_000) })).text();
  const counts = [...text.matchAll(/^http_request_duration_seconds_count\{([^}]*)\} (\d+)/gm)];
  const ours = /route="\/(health|ready|metrics)"/;
  const answered = counts.reduce((sum, [, labels, count]) => (ours.test(labels) ? sum : sum + Number(count)), 0);
  return { answered, open: Number(/^gateway_open_requests(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1] ?? 0) };
}

/** Proof by contrast: what is not asked to end first takes requests with it. */
async function killInstead(report, site) {
  const crowd = new Crowd(site);
  await report.step('the same people, and instances that are killed', async () => {
    await crowd.begin(MANY);
    for (const service of site.services) {
      await service.kill();
      await service.start();
      if (crowd.failures.length > 0) break;
    }
    await crowd.end();
  });
  const failed = crowd.failures.length;
  report.saw('requests that failed with SIGKILL', failed, { promise: 'some: this crowd notices', kept: failed > 0 });
}

function counted(list) {
  const counts = new Map();
  for (const one of list) counts.set(one, (counts.get(one) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).slice(0, 12);
}
