import { startLoad } from '../../harness/load/load.mjs';
import { measureInRounds, median, ratio } from '../../harness/rounds.mjs';
import { createFixture } from '../fixture.mjs';
import { CLAIMS, FIELD, HEADLINE } from './contenders.mjs';
import { startField } from './field.mjs';

const CONNECTIONS = 64;
/**
 * A server that was just started is compiled for some two seconds: what guards a route by more of its own code takes longer
 * to get there. Services run for days.
 */
const WARM_UP_MS = 2_500;

/**
 * `GET /api/protected` of the same route without authentication, behind ours, and behind what claims name. A shared machine is
 * fast for some seconds and slow for the next, so each claim is measured by itself, A B B A within three seconds.
 */
export const measureHttp = (options) =>
  overHttp(HEADLINE, { groups: CLAIMS, sittings: 16, rounds: 2, warmUpMs: WARM_UP_MS, sliceMs: 750 }, options);

/** The same route behind everything people would use instead, in rounds of everybody. */
export const measureField = (options) =>
  overHttp(
    FIELD,
    { groups: [{ names: Object.keys(FIELD) }], sittings: 4, rounds: 4, warmUpMs: WARM_UP_MS, sliceMs: 250 },
    options,
  );

const QUICK = { sittings: 1, rounds: 1, warmUpMs: 50, sliceMs: 100 };

/** Each server has one core to itself, the load and Redis the other. */
async function overHttp(contenders, plan, { quick, log }) {
  const size = quick ? { tokens: 50, revocations: 1_000 } : { tokens: 1_000, revocations: 100_000 };
  const fixture = await createFixture(size);
  const load = startLoad();
  try {
    const ask = ({ url, credentialsFile }, durationMs, awake = false) =>
      load.run({ url, credentialsFile, connections: CONNECTIONS, durationMs, awake });
    const measured = await measureGroups(contenders, ask, fixture, { ...plan, ...(quick ? QUICK : {}), log });
    return { ...size, connections: CONNECTIONS, ...measured };
  } finally {
    load.stop();
    await fixture.close();
  }
}

/**
 * Two processes of the same program differ by a tenth for as long as they live, by how their code and data came to lie.
 * So everybody is started afresh for each sitting, and the rounds of all sittings count together. The control is one and the
 * same server, asked a second time each round. A slice is long enough for a server to be at work most of it: a fifth of a second
 * after another has had the core is spent on finding its code again, and who has more code is the slower.
 */
async function measureGroups(contenders, ask, fixture, plan) {
  const { groups, sittings, rounds, warmUpMs, sliceMs, log } = plan;
  const slices = Object.fromEntries(Object.keys(contenders).map((name) => [name, []]));
  const measured = groups.map((group) => ({ ...group, rounds: [] }));
  for (let sitting = 1; sitting <= sittings; sitting++) {
    log(`  sitting ${sitting} of ${sittings}`);
    const { field, stop } = await startField(contenders, fixture);
    try {
      for (const one of new Set(Object.values(field))) await ask(one, warmUpMs);
      const measure = (name, awake) => async () => {
        const { server } = field[name];
        const cpuBefore = server.cpuMs();
        const slice = await ask(field[name], sliceMs, awake);
        slices[name].push({ ...slice, cpuUs: ((server.cpuMs() - cpuBefore) * 1000) / slice.requests });
        return slice.perSecond;
      };
      for (let round = 0; round < rounds; round++) {
        for (const group of measured) {
          const one = Object.fromEntries(group.names.map((name) => [name, measure(name, group.awake)]));
          const from = group.rounds.length;
          const onRound = (_, figures) => log(`    round ${round + 1}: ${perSecond(figures)}`);
          group.rounds.push(...(await measureInRounds(one, { rounds: 1, from, mirrored: true, onRound })));
        }
      }
    } finally {
      await stop();
    }
  }
  return {
    sittings,
    rounds: measured[0].rounds.length,
    control: ratioOf(measured, 'openAgain', 'open'),
    contenders: Object.fromEntries(
      Object.entries(contenders).map(([name, contender]) => [name, summary(name, contender, measured, slices[name])]),
    ),
  };
}

/** `null` for two who were not compared. */
function ratioOf(measured, of, to) {
  const group = measured.find(({ names }) => names.includes(of) && names.includes(to));
  return group ? ratio(group.rounds, of, to) : null;
}

function summary(name, { title, peer = false, revocation }, measured, slices) {
  const statuses = {};
  for (const slice of slices)
    for (const [status, count] of Object.entries(slice.statuses)) statuses[status] = (statuses[status] ?? 0) + count;
  const non2xx = Object.entries(statuses).reduce((sum, [status, count]) => sum + (/^2/.test(status) ? 0 : count), 0);
  return {
    title,
    peer,
    revocation: revocation ?? null,
    perSecond: median(slices.map((slice) => slice.perSecond)),
    p50Ms: median(slices.map((slice) => slice.p50Ms)),
    p99Ms: median(slices.map((slice) => slice.p99Ms)),
    cpuUs: median(slices.map((slice) => slice.cpuUs)),
    generatorBusy: median(slices.map((slice) => slice.generatorBusy)),
    toOpen: ratioOf(measured, name, 'open'),
    toPassportRedisTuned: ratioOf(measured, name, 'passportRedisTuned'),
    requests: slices.reduce((sum, slice) => sum + slice.requests, 0),
    non2xx,
  };
}

function perSecond(figures) {
  const entries = Object.entries(figures).map(([name, value]) => `${name} ${Math.round(value)}/s`);
  return entries.join(', ');
}
