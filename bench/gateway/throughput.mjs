import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { testFolder } from '../../libs/testing/dist/index.js';
import { startLoad } from '../harness/load/load.mjs';
import { REST } from '../harness/placement.mjs';
import { measureInRounds, median, ratio } from '../harness/rounds.mjs';
import { CONTENDERS } from './contenders.mjs';
import { startUpstream } from './nginx.mjs';
import { signIn } from './sign-in.mjs';
import { startStage } from './stage.mjs';

const CONNECTIONS = 64;
const PATH = '/api/orders';

/**
 * `GET` of a small answer through every proxy. Whoever is measured has one core to itself; load, upstream, auth service and Redis share
 * the other.
 */
export async function measureThroughput({ quick, log }) {
  const plan = quick
    ? { sessions: 3, sittings: 1, rounds: 1, warmUpMs: 50, sliceMs: 100 }
    : // Warm for longer than anybody needs: a service runs for weeks, and one with more code is compiled later.
      { sessions: 200, sittings: 6, rounds: 2, mirrored: true, warmUpMs: 5_000, sliceMs: 1_000 };
  const stage = await startStage();
  const upstream = await startUpstream(REST);
  const load = startLoad();
  try {
    const slices = Object.fromEntries(Object.keys(CONTENDERS).map((name) => [name, []]));
    const all = [];
    for (let sitting = 1; sitting <= plan.sittings; sitting++) {
      log(`  sitting ${sitting} of ${plan.sittings}`);
      all.push(...(await sit({ stage, upstream, load, plan, slices, log })));
    }
    return { ...plan, connections: CONNECTIONS, rounds: all.length, ...summaries(all, slices) };
  } finally {
    load.stop();
    await upstream.stop();
    await stage.stop();
  }
}

/** Everybody started afresh: two processes of one program differ for as long as they live. */
async function sit({ stage, upstream, load, plan, slices, log }) {
  const { sessions, rounds, mirrored = false, warmUpMs, sliceMs } = plan;
  const field = {};
  try {
    for (const [name, contender] of Object.entries(CONTENDERS)) {
      const server = await contender.start(stage, upstream.url);
      field[name] = { server, url: server.url + (contender.path ?? PATH) };
      field[name].credentialsFile = await credentialsFor(contender, field[name], sessions);
    }
    // By the name they signed in at: Apache takes a session under no other.
    const ask = ({ url, credentialsFile }, durationMs) =>
      load.run({ url, credentialsFile, connections: CONNECTIONS, durationMs });
    for (const one of Object.values(field)) await ask(one, warmUpMs);
    const measure = (name) => async () => {
      const cpuBefore = field[name].server.cpuMs();
      const slice = await ask(field[name], sliceMs);
      slices[name].push({ ...slice, cpuUs: ((field[name].server.cpuMs() - cpuBefore) * 1000) / slice.requests });
      return slice.perSecond;
    };
    return await measureInRounds(Object.fromEntries(Object.keys(field).map((name) => [name, measure(name)])), {
      rounds,
      mirrored,
      onRound: (round, figures) =>
        log(
          `    round ${round}: ${Object.entries(figures)
            .map(([name, value]) => `${name} ${Math.round(value)}/s`)
            .join(', ')}`,
        ),
    });
  } finally {
    await Promise.all(Object.values(field).map(({ server }) => server.stop()));
  }
}

/** Cookies of sessions where there are any, and text of the same length elsewhere; and a look at whether it does its work. */
async function credentialsFor({ title, knows }, { url }, sessions) {
  const lines = knows
    ? await signIn(url, sessions)
    : Array.from({ length: sessions }, (_, i) => `cookie: gw-dev=${String(i).padStart(110, 'x')}`);
  const statusOf = async (line) => {
    const answer = await fetch(url, {
      redirect: 'manual',
      headers: line ? { cookie: line.slice('cookie: '.length) } : {},
    });
    await answer.arrayBuffer();
    return answer.status;
  };
  for (const line of [lines[0], lines.at(-1)]) {
    const status = await statusOf(line);
    if (status !== 200) throw new Error(`${title} answered ${status} in place of 200: it would be measured wrongly`);
  }
  if (knows && (await statusOf(undefined)) === 200) throw new Error(`${title} lets everybody through`);
  const file = join(testFolder('credentials'), 'lines.json');
  writeFileSync(file, JSON.stringify(lines));
  return file;
}

function summaries(all, slices) {
  const summary = (name, { title, knows }) => {
    const of = (fact) => median(slices[name].map((slice) => slice[fact]));
    const statuses = slices[name].flatMap((slice) => Object.entries(slice.statuses));
    return {
      title,
      knows: knows ?? null,
      perSecond: median(all.map((figures) => figures[name])),
      p50Ms: of('p50Ms'),
      p99Ms: of('p99Ms'),
      cpuUs: of('cpuUs'),
      generatorBusy: of('generatorBusy'),
      toBare: ratio(all, name, 'bare'),
      requests: slices[name].reduce((sum, slice) => sum + slice.requests, 0),
      non2xx: statuses.reduce((sum, [status, count]) => sum + (/^2/.test(status) ? 0 : count), 0),
    };
  };
  return {
    control: ratio(all, 'bareAgain', 'bare'),
    contenders: Object.fromEntries(Object.entries(CONTENDERS).map(([name, one]) => [name, summary(name, one)])),
  };
}
