import { runCell } from '../harness/cell.mjs';
import { startLoad } from '../harness/load/load.mjs';
import { SUBJECT } from '../harness/placement.mjs';
import { measureInRounds, median, ratio } from '../harness/rounds.mjs';
import { populate, startStage } from './stage.mjs';

const loadProcess = new URL('./load-process.mjs', import.meta.url);
const rawCell = new URL('./raw-argon2-cell.mjs', import.meta.url);

export const OPERATIONS = ['signIn', 'refresh', 'list', 'signOut'];
/**
 * Readings scatter by a tenth however long they take, so there are many short ones. `stored`: sessions each connection has to
 * sign out; a reading of that lasts as long as they do.
 */
const PLAN = { people: 200, connections: 16, stored: 4, durationMs: 500, rounds: 40 };
const QUICK = { people: 4, connections: 2, stored: 2, durationMs: 100, rounds: 1 };

/** What is asked of both services before anything counts: the first requests of a process are compiled as they run. */
const WARM_UP_MS = 3_000;
/** Signing in what is to be signed out. */
const STORING_MS = 30_000;

/**
 * Sign-in, refresh, list and sign-out of both services, and bare argon2, in rounds of mirrored order.
 *
 * @param {{ quick: boolean, log: (text: string) => void }} options
 */
export async function measureOperations({ quick, log }) {
  const { people, connections, stored, durationMs, rounds } = quick ? QUICK : PLAN;
  const stage = await startStage();
  const load = startLoad(loadProcess);
  const ask = (kind, client, job) => load.run({ kind, client, ...job });
  try {
    for (const client of ['gatehouse', 'betterAuth']) {
      const { url } = await (client === 'gatehouse' ? stage.startGatehouse() : stage.startBetterAuth());
      const job = { url, people: await populate(url, client, people), connections, durationMs: STORING_MS };
      await ask('enter', client, job);
    }
    const measure = async (client, operation, forMs = durationMs) => {
      if (operation === 'signOut') await ask('store', client, { sessions: stored, durationMs: STORING_MS });
      return ask('measure', client, { operation, durationMs: forMs });
    };
    const raw = () => runCell(rawCell, { durationMs, inFlight: 1 }, { core: SUBJECT });
    const operations = {};
    for (const operation of OPERATIONS) {
      const readings = {};
      const reading = (name, read) => async () => {
        const result = await read();
        (readings[name] ??= []).push(result);
        return result.perSecond;
      };
      const of = (client) => () => measure(client, operation);
      const contenders = {
        gatehouse: reading('gatehouse', of('gatehouse')),
        betterAuth: reading('betterAuth', of('betterAuth')),
        again: reading('again', of('gatehouse')),
        ...(operation === 'signIn' ? { raw: reading('raw', raw), rawAgain: reading('rawAgain', raw) } : {}),
      };
      for (const client of ['gatehouse', 'betterAuth']) await measure(client, operation, quick ? 0 : WARM_UP_MS);
      const onRound = (round) => log(`  ${operation}: round ${round} of ${rounds}`);
      const measured = await measureInRounds(contenders, { rounds, mirrored: !quick, onRound });
      operations[operation] = { rounds, ...summary(measured, readings, operation) };
    }
    return { connections, people, operations };
  } finally {
    load.stop();
    await stage.stop();
  }
}

function summary(measured, readings, operation) {
  const of = (name, fact) => median(readings[name].map((reading) => reading[fact]));
  const both = Object.fromEntries(
    ['gatehouse', 'betterAuth'].map((name) => [
      name,
      {
        perSecond: of(name, 'perSecond'),
        p50Ms: of(name, 'p50Ms'),
        p99Ms: of(name, 'p99Ms'),
        not200: readings[name].reduce((sum, { not200 }) => sum + not200, 0),
        generatorBusy: Math.max(...readings[name].map((reading) => reading.generatorBusy)),
      },
    ]),
  );
  return {
    ...both,
    toBetterAuth: ratio(measured, 'gatehouse', 'betterAuth'),
    control: ratio(measured, 'again', 'gatehouse'),
    ...(operation === 'signIn'
      ? {
          rawPerSecond: of('raw', 'perSecond'),
          toRaw: ratio(measured, 'gatehouse', 'raw'),
          betterAuthToRaw: ratio(measured, 'betterAuth', 'raw'),
          rawControl: ratio(measured, 'rawAgain', 'raw'),
        }
      : {}),
  };
}
