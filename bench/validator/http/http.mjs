import { startLoad } from '../../harness/load/load.mjs';
import { measureInRounds, median, ratio } from '../../harness/rounds.mjs';
import { createFixture } from '../fixture.mjs';
import { FIELD, HEADLINE } from './contenders.mjs';
import { startField } from './field.mjs';

const CONNECTIONS = 64;

/**
 * `GET /api/protected` of the same route without authentication, behind ours, and behind what people would use instead.
 * Each server has one core to itself, the load and Redis the other.
 */
export async function measureHttp({ quick, log }) {
  const size = quick ? { tokens: 50, revocations: 1_000 } : { tokens: 1_000, revocations: 100_000 };
  const fixture = await createFixture(size);
  const load = startLoad();
  let stop;
  try {
    let field;
    ({ field, stop } = await startField({ ...HEADLINE, ...FIELD }, fixture, log));
    const sliceMs = quick ? 100 : 1_000;
    const ask = ({ url, credentialsFile }, durationMs = sliceMs) =>
      load.run({ url, credentialsFile, connections: CONNECTIONS, durationMs });
    log('  warming up');
    for (const one of Object.values(field)) await ask(one, quick ? 50 : 2_000);
    const group = (of, plan) => measureGroup(pick(field, Object.keys(of)), ask, { ...plan, log });
    log('  ours, the open route and the tuned rival');
    const headline = await group(HEADLINE, { rounds: quick ? 1 : 12, mirrored: !quick });
    log('  everybody');
    return { ...size, connections: CONNECTIONS, headline, field: await group(FIELD, { rounds: quick ? 1 : 8 }) };
  } finally {
    load.stop();
    await stop?.();
    await fixture.close();
  }
}

async function measureGroup(field, ask, { rounds, mirrored = false, log }) {
  const slices = Object.fromEntries(Object.keys(field).map((name) => [name, []]));
  const measure = (name) => async () => {
    const { server } = field[name];
    const cpuBefore = server.cpuMs();
    const slice = await ask(field[name]);
    slices[name].push({ ...slice, cpuUs: ((server.cpuMs() - cpuBefore) * 1000) / slice.requests });
    return slice.perSecond;
  };
  const all = await measureInRounds(Object.fromEntries(Object.keys(field).map((name) => [name, measure(name)])), {
    rounds,
    mirrored,
    onRound: (round, figures) => log(`  round ${round} of ${rounds}: ${perSecond(figures)}`),
  });
  return {
    rounds: all.length,
    control: ratio(all, 'openAgain', 'open'),
    contenders: Object.fromEntries(
      Object.entries(field).map(([name, { contender }]) => [name, summary(name, contender, all, slices[name])]),
    ),
  };
}

const pick = (all, names) => Object.fromEntries(names.map((name) => [name, all[name]]));

function summary(name, { title, peer = false, revocation }, all, slices) {
  const statuses = {};
  for (const slice of slices)
    for (const [status, count] of Object.entries(slice.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
  const non2xx = Object.entries(statuses).reduce((sum, [status, count]) => sum + (/^2/.test(status) ? 0 : count), 0);
  return {
    title,
    peer,
    revocation: revocation ?? null,
    perSecond: median(all.map((figures) => figures[name])),
    p50Ms: median(slices.map((slice) => slice.p50Ms)),
    p99Ms: median(slices.map((slice) => slice.p99Ms)),
    cpuUs: median(slices.map((slice) => slice.cpuUs)),
    generatorBusy: median(slices.map((slice) => slice.generatorBusy)),
    toOpen: ratio(all, name, 'open'),
    toPassportRedisTuned: ratio(all, name, 'passportRedisTuned'),
    requests: slices.reduce((sum, slice) => sum + slice.requests, 0),
    non2xx,
  };
}

function perSecond(figures) {
  const entries = Object.entries(figures).map(([name, value]) => `${name} ${Math.round(value)}/s`);
  return entries.join(', ');
}
