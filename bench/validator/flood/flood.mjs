import { randomBytes } from 'node:crypto';
import { runCell } from '../../harness/cell.mjs';
import { startLoad } from '../../harness/load/load.mjs';
import { SUBJECT } from '../../harness/placement.mjs';
import { median, ratio } from '../../harness/rounds.mjs';
import { startServer } from '../../harness/server.mjs';
import { createFixture } from '../fixture.mjs';

const cell = new URL('./cell.mjs', import.meta.url);
const serve = new URL('../http/serve.mjs', import.meta.url);
/** Callers with a good token, and strangers with a new forged one each time, at twice their number. */
const VALID_PER_SECOND = 1_000;
const FORGED_PER_SECOND = 2_000;
const CONNECTIONS = 32;

/** What strangers with distinct forged tokens cost: each of them, the cache, and those whose tokens are good. */
export async function measureFlood({ quick, log }) {
  log('  inside one process');
  const plan = quick ? { rounds: 2, tokens: 50 } : { rounds: 40, tokens: 100 };
  const inProcess = await runCell(cell, plan, { core: SUBJECT, timeLimitMs: 60_000 });
  return { inProcess, overHttp: await floodServer({ quick, log }) };
}

async function floodServer({ quick, log }) {
  const fixture = await createFixture({ tokens: quick ? 50 : 1_000, revocations: quick ? 1_000 : 100_000 });
  const load = startLoad();
  // A process of their own: what answering strangers costs the load must not count as waiting of the others.
  const strangers = startLoad();
  let server;
  try {
    fixture.keep('forged', forgedTokens(fixture.issuer, quick ? 500 : 60_000));
    fixture.write();
    const env = { CONTENDER: 'gatehouse', VARIANT: 'guard', FIXTURE: fixture.file, CREDENTIALS: '' };
    server = await startServer(serve, { env });
    const url = `${server.url}/api/protected`;
    const metrics = async () => (await fetch(`${server.url}/metrics`)).json();
    const job = (credentials, perSecond, durationMs) => ({
      url,
      credentialsFile: fixture.credentialsFile(credentials),
      connections: CONNECTIONS,
      durationMs,
      perSecond,
    });
    // Long enough for a p99 to stand on some twenty requests.
    const sliceMs = quick ? 200 : 2_000;
    const valid = () => load.run(job('es256', VALID_PER_SECOND, sliceMs));
    const forged = () => strangers.run(job('forged', FORGED_PER_SECOND, sliceMs));

    // Each good token once or more, so that all of them are known.
    await load.run(job('es256', undefined, quick ? 200 : 3_000));
    await forged();
    const before = await metrics();
    const { rounds, refused } = await measureRounds({ valid, forged, rounds: quick ? 1 : 14, log });
    const after = await metrics();
    await load.run(job('es256', undefined, sliceMs));
    const walked = await metrics();
    return {
      rounds: rounds.length,
      validPerSecond: VALID_PER_SECOND,
      forgedPerSecond: FORGED_PER_SECOND,
      forgedAnswered: refused,
      p99Ms: {
        quiet: median(rounds.map(({ quiet }) => quiet.p99Ms)),
        flood: median(rounds.map(({ flood }) => flood.p99Ms)),
      },
      p99FloodToQuiet: ratioOf(rounds, 'flood', 'quiet', 'p99Ms'),
      validNon2xx: sum(rounds.flatMap(Object.values), (figures) => figures.non2xx),
      // A miss by a good token after the flood is an entry the flood pushed out.
      evicted: walked.cacheMisses - after.cacheMisses,
      cacheEntriesAdded: after.cacheEntries - before.cacheEntries,
      control: ratioOf(rounds, 'quietAgain', 'quiet', 'p50Ms'),
    };
  } finally {
    load.stop();
    strangers.stop();
    await server?.stop();
    await fixture.close();
  }
}

async function measureRounds({ valid, forged, rounds: count, log }) {
  let refused = 0;
  const contenders = {
    quiet: valid,
    flood: async () => {
      const [good, bad] = await Promise.all([valid(), forged()]);
      if (non2xx(bad) !== bad.requests) throw new Error('a forged token was let in');
      refused += bad.requests;
      return good;
    },
    quietAgain: valid,
  };
  const rounds = [];
  for (let round = 0; round < count; round++) {
    const names = Object.keys(contenders);
    const forth = round % 2 === 0 ? names : names.toReversed();
    const readings = Object.fromEntries(names.map((name) => [name, []]));
    // A B B A, as elsewhere: a machine that grows faster or slower meanwhile does so for all of them.
    for (const name of [...forth, ...forth.toReversed()]) readings[name].push(await contenders[name]());
    const figures = Object.fromEntries(names.map((name) => [name, both(readings[name])]));
    rounds.push(figures);
    log(
      `  round ${round + 1} of ${count}: p99 ${figures.quiet.p99Ms.toFixed(1)} ms, flooded ${figures.flood.p99Ms.toFixed(1)} ms`,
    );
  }
  return { rounds, refused };
}

/** Two readings of one round as one. */
function both([first, second]) {
  const mean = (fact) => (first[fact] + second[fact]) / 2;
  const answers = sum([first, second], ({ requests }) => requests);
  return { p50Ms: mean('p50Ms'), p99Ms: mean('p99Ms'), requests: answers, non2xx: sum([first, second], non2xx) };
}

/** As good as a stranger can make them: right form, key name and claims, and a signature that is none. Each one new. */
function forgedTokens(issuer, count) {
  return Array.from({ length: count }, () => {
    const token = issuer.token();
    return `authorization: Bearer ${token.slice(0, token.lastIndexOf('.'))}.${randomBytes(64).toString('base64url')}`;
  });
}

const non2xx = ({ requests, statuses }) => requests - (statuses[200] ?? 0);
const sum = (all, of) => all.reduce((total, one) => total + of(one), 0);
const ratioOf = (rounds, of, to, what) =>
  ratio(
    rounds.map((round) => ({ of: round[of][what], to: round[to][what] })),
    'of',
    'to',
  );
