import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { connectRedis, connectRedisSubscriber, parseRedisSettings } from '../../libs/redis/dist/index.js';
import { RedisFeedLog } from '../../libs/revocation-log/dist/redis/index.js';
import { eventually } from '../../libs/testing/dist/index.js';
import { canSeparate, FAR, runInNamespaces } from './stage/regions.mjs';
import { farWitness, startTwoRegions } from './stage/two-regions.mjs';

export const options = {
  'delay-ms': { type: 'string', default: '80' },
  'partition-seconds': { type: 'string', default: '30' },
};

/** Sign-outs whose way is measured, so many each second. */
const MEASURED = 600;
const EACH_SECOND = 40;
const KEEP_MS = 1_020_000;

/**
 * Two regions with a long line between them: auth, MySQL and a Redis at home; a Redis, two relays and a service in the other one. The
 * way of a revocation is measured; then the line is cut, people sign out meanwhile, and it is whole again.
 */
export async function run(report, given) {
  // Nothing has been started here yet, and the report is told over there.
  if (!FAR && canSeparate()) process.exit(await runInNamespaces(report.signal));
  const oneWayMs = Number(given['delay-ms']) / 2;
  report.saw('regions', FAR ? 'network namespaces, a pair of devices between them' : 'processes of one machine');
  report.saw('the line', `${oneWayMs * 2} ms there and back, by a proxy that holds each byte for ${oneWayMs} ms`);
  const scene = await startTwoRegions(report, oneWayMs);
  await report.step(`${MEASURED} revocations cross the line`, () => measure(report, scene));
  await partition(report, scene, Number(given['partition-seconds']));
}

const heard = async (url) => new Map(await (await fetch(`${url}/heard`)).json());

/** From before it is appended at home to the moment a service refuses. */
async function measure(report, { redis, witnesses }) {
  const { settings } = parseRedisSettings({ REDIS_URL: redis.url });
  const connections = [
    connectRedis(settings, { name: 'rehearsal' }),
    connectRedisSubscriber(settings, { name: 'rehearsal' }),
  ];
  const log = new RedisFeedLog(...connections);
  try {
    await eventually(() => log.currentEpoch());
    const epoch = await log.currentEpoch();
    const began = new Map();
    for (let n = 0; n < MEASURED; n++) {
      const value = randomBytes(16).toString('hex');
      const entry = {
        id: `rehearsal-${n}`,
        scope: 'jti',
        value,
        cutoff: 0,
        untilMs: Date.now() + KEEP_MS,
        reason: 'user_signout',
      };
      began.set(value, performance.timeOrigin + performance.now());
      const { kind } = await log.append(epoch, [entry], KEEP_MS);
      if (kind !== 'appended') throw new Error('the log has begun another life');
      await pause(1_000 / EACH_SECOND);
    }
    await pause(1_000);
    for (const [name, where] of [
      ['home', 'at home'],
      ['far', 'in the other region'],
    ]) {
      const arrived = await heard(witnesses[name]);
      const took = [...began]
        .flatMap(([value, atMs]) => (arrived.has(value) ? [arrived.get(value) - atMs] : []))
        .sort((a, b) => a - b);
      const missing = MEASURED - took.length;
      report.saw(`revocations that did not arrive ${where}`, missing, { promise: '0', kept: missing === 0 });
      const at = (share) => took[Math.min(took.length - 1, Math.floor(took.length * share))]?.toFixed(1);
      report.saw(`from the write to refused ${where}, p50 and p99`, `${at(0.5)} and ${at(0.99)}`, { unit: 'ms' });
    }
  } finally {
    for (const connection of connections) connection.disconnect();
  }
}

async function partition(report, scene, seconds) {
  const { region, witnesses, far } = scene;
  const [before, ...others] = await report.step('people sign in', () => signIn(scene, 14));
  const [during, staying] = [others.slice(0, 10), others.slice(10)];
  const tokens = { before: [before], during, staying };
  const judged = (url) => judge(url, tokens);
  await report.step('one signs out, and both regions refuse', async () => {
    await signOut(scene, before);
    for (const url of Object.values(witnesses)) {
      await eventually(async () => {
        if ((await judged(url)).before.open.accepted > 0) throw new Error('still accepted');
      });
    }
  });
  region.cut();
  const cutAtMs = performance.now();
  const at = (second) => pause(Math.max(0, cutAtMs + second * 1_000 - performance.now()));
  await report.step('the line is cut, and ten sign out', async () => {
    for (const token of during) await signOut(scene, token);
    await eventually(async () => {
      if ((await judged(witnesses.home)).during.open.accepted > 0) throw new Error('still accepted at home');
    });
  });
  const says = (what, seen, promised) =>
    report.saw(what, JSON.stringify(seen), {
      promise: JSON.stringify(promised),
      kept: JSON.stringify(seen) === JSON.stringify(promised),
    });
  const policies = (group) => ['open', 'bounded', 'closed'].map((name) => group[name].accepted);
  await report.step('eight seconds later', async () => {
    await at(8);
    const { before: ended, during: late, staying: good } = await judged(witnesses.far);
    says('8 s cut off: open, bounded (10 s) and closed take of 3 who stay', policies(good), [3, 3, 0]);
    says('  why closed does not', good.closed.reason, 'FEED_STALE');
    says('  of 10 who have signed out meanwhile', policies(late), [10, 10, 0]);
    says('  of the one who had signed out before', policies(ended), [0, 0, 0]);
  });
  await report.step('and seven more', async () => {
    await at(15);
    const { before: ended, staying: good } = await judged(witnesses.far);
    says('15 s cut off: of 3 who stay', policies(good), [3, 0, 0]);
    says('  of the one who had signed out before', policies(ended), [0, 0, 0]);
  });
  await report.step(`until ${seconds} s are over`, () => at(seconds));
  region.heal();
  const healedAtMs = performance.now();
  await report.step('the line is whole, and the region fresh again', () =>
    watchHealing(report, witnesses.far, tokens, healedAtMs),
  );
  await report.step('a service that starts there now', async () => {
    const { during: late, staying: good } = await judge(await farWitness(scene), tokens);
    says('a service that starts afterwards takes, of 10 who signed out', late.open.accepted, 0);
    says('  of 3 who stay', good.open.accepted, 3);
  });
  await report.step('one relay is killed, and a sign-out arrives all the same', async () => {
    await far.relays[0].kill();
    await signOut(scene, staying[0]);
    await eventually(async () => {
      if ((await judged(witnesses.far)).staying.open.accepted > 2) throw new Error('still accepted');
    });
  });
}

/** Asks again and again: whoever calls the list fresh must know of everybody who signed out meanwhile. */
async function watchHealing(report, url, tokens, healedAtMs) {
  let accepted = 0;
  let knowsAtMs;
  let looks = 0;
  for (;;) {
    const { during, staying } = await judge(url, tokens);
    looks += 1;
    const isFresh = staying.closed.accepted > 0;
    if (isFresh) accepted += during.open.accepted;
    if (during.open.accepted === 0) knowsAtMs ??= performance.now();
    if (isFresh && during.open.accepted === 0) break;
    if (performance.now() - healedAtMs > 60_000) throw new Error('a minute later the region is not fresh again');
    await pause(10);
  }
  const since = (ms) => ((ms - healedAtMs) / 1000).toFixed(1);
  report.saw('from the healed line to all ten refused', since(knowsAtMs), { unit: 's' });
  report.saw('from the healed line to fresh', since(performance.now()), { unit: 's' });
  const promise = '0, whenever asked';
  report.saw(`tokens of ended sessions taken by a list that calls itself fresh (asked ${looks} times)`, accepted, {
    promise,
    kept: accepted === 0,
  });
}

const judge = async (url, tokens) => {
  const answer = await fetch(`${url}/judge`, { method: 'POST', body: JSON.stringify(tokens) });
  return answer.json();
};

async function call({ auth }, path, { token, body } = {}) {
  const headers = { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(auth[0].url + path, { method: 'POST', headers, body: JSON.stringify(body ?? {}) });
  const json = await answer.json();
  if (!answer.ok) throw new Error(`${path} answers ${answer.status}`);
  return json.data;
}

async function signIn(scene, count) {
  const tokens = [];
  for (let i = 0; i < count; i++) {
    const person = {
      email: `${randomBytes(8).toString('hex')}@example.com`,
      password: randomBytes(12).toString('hex'),
    };
    await call(scene, '/api/v1/auth/signup', { body: person });
    tokens.push((await call(scene, '/api/v1/auth/signin', { body: person })).access_token);
  }
  return tokens;
}

const signOut = (scene, token) => call(scene, '/api/v1/auth/signout', { token });
