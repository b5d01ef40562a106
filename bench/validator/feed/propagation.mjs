import { Redis } from 'ioredis';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { median, percentile, ratio } from '../../harness/rounds.mjs';
import { startSystem } from '../../harness/system.mjs';

const crowdScript = fileURLToPath(new URL('./crowd.mjs', import.meta.url));
const CHANNEL = 'bench:bare';
/** As long as a notice of the feed. */
const PAYLOAD = 'x'.repeat(330);
const nowMs = () => Number(process.hrtime.bigint()) / 1e6;

/**
 * From the answer to a sign-out until every validator refuses, beside a bare publish until every subscriber has it: same
 * Redis, same processes, in turn. A refusal that came before the answer counts as 0.
 */
export async function measurePropagation({ quick, log }) {
  const system = await startSystem({ auths: 1, orders: 0 });
  try {
    const agent = await system.signUp();
    const result = {};
    for (const size of quick ? [1, 3] : [1, 50]) {
      log(`  ${size} validators`);
      const plan = { rounds: quick ? 1 : 12, samples: quick ? 3 : 25, log };
      result[size] = await withCrowd(size, system, (crowd) => measureCrowd(crowd, system, agent, plan));
    }
    return { sizes: result };
  } finally {
    await system.stop();
  }
}

async function measureCrowd(crowd, system, agent, { rounds, samples, log }) {
  const redis = new Redis(system.redisUrl);
  const bare = async () => {
    const said = crowd.next();
    const sentMs = nowMs();
    await redis.publish(CHANNEL, PAYLOAD);
    return (await said).instants.map((at) => at - sentMs);
  };
  const signOut = async () => {
    const token = await agent.signIn();
    if (!(await crowd.ask({ token })).accepted) throw new Error('a fresh token was refused');
    const said = crowd.next();
    await system.signOut(token);
    const answeredMs = nowMs();
    return (await said).instants.map((at) => Math.max(0, at - answeredMs));
  };
  const contenders = { bare, signOut, bareAgain: bare };
  const all = [];
  try {
    for (let i = 0; i < 5; i++) for (const warmUp of Object.values(contenders)) await warmUp();
    for (let round = 0; round < rounds; round++) {
      const names = Object.keys(contenders);
      const forth = round % 2 === 0 ? names : names.toReversed();
      const latencies = Object.fromEntries(names.map((name) => [name, []]));
      for (const name of [...forth, ...forth.toReversed()])
        for (let i = 0; i < samples; i++) latencies[name].push(...(await contenders[name]()));
      all.push(latencies);
      log(`  round ${round + 1} of ${rounds}`);
    }
  } finally {
    redis.disconnect();
  }
  const at = (p) => all.map((latencies) => mapValues(latencies, (values) => percentile(values, p)));
  return {
    rounds,
    signOuts: rounds * samples * 2,
    ...mapValues({ bareMs: 'bare', signOutMs: 'signOut' }, (name) => ({
      p50: median(at(0.5).map((figures) => figures[name])),
      p99: median(at(0.99).map((figures) => figures[name])),
      max: Math.max(...all.flatMap((latencies) => latencies[name])),
    })),
    p99ToBare: ratio(at(0.99), 'signOut', 'bare'),
    // On the middle value: the p99 of so few is the slowest of them, and no two of those are alike.
    control: ratio(at(0.5), 'bareAgain', 'bare'),
  };
}

const mapValues = (of, change) => Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value)]));

async function withCrowd(size, { redisUrl, trustAnchor }, use) {
  const args = [crowdScript, String(size), redisUrl, trustAnchor, CHANNEL];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [];
  createInterface({ input: child.stdout }).on('line', (line) => waiting.shift()?.resolve(JSON.parse(line)));
  child.once('exit', () => waiting.forEach(({ reject }) => reject(new Error('the validators ended'))));
  const next = () =>
    new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('not everybody was told in time')), 40_000);
      const settled = (settle) => (value) => {
        clearTimeout(timer);
        settle(value);
      };
      waiting.push({ resolve: settled(resolve), reject: settled(reject) });
    });
  const ask = (question) => {
    child.stdin.write(`${JSON.stringify(question)}\n`);
    return next();
  };
  try {
    await next();
    return await use({ next, ask });
  } finally {
    child.kill();
  }
}
