import { runCell } from '../harness/cell.mjs';
import { REST, SUBJECT } from '../harness/placement.mjs';
import { measureInRounds, median, ratio } from '../harness/rounds.mjs';
import { populate, startStage } from './stage.mjs';

const loadCell = new URL('./load-cell.mjs', import.meta.url);
const rawCell = new URL('./raw-argon2-cell.mjs', import.meta.url);

export const OPERATIONS = ['signIn', 'refresh', 'list', 'signOut'];
/**
 * `stored`: sessions each connection has to sign out. A reading of that lasts as long as they do, which is a quarter of a second, so
 * there are more rounds of it.
 */
const PLAN = {
  people: 200,
  connections: 16,
  stored: 12,
  durationMs: 2_000,
  roundsOf: (operation) => (operation === 'signOut' ? 14 : 8),
};
const QUICK = { people: 4, connections: 2, stored: 2, durationMs: 100, roundsOf: () => 1 };

/**
 * Sign-in, refresh, list and sign-out of both services, and bare argon2, in rounds of mirrored order.
 *
 * @param {{ quick: boolean, log: (text: string) => void }} options
 */
export async function measureOperations({ quick, log }) {
  const stage = await startStage();
  try {
    const [gatehouse, betterAuth] = [await stage.startGatehouse(), await stage.startBetterAuth()];
    const { people, connections, stored, durationMs, roundsOf } = quick ? QUICK : PLAN;
    const targets = {
      gatehouse: { url: gatehouse.url, people: await populate(gatehouse.url, 'gatehouse', people) },
      betterAuth: { url: betterAuth.url, people: await populate(betterAuth.url, 'betterAuth', people) },
    };
    const raw = () => runCell(rawCell, { durationMs, inFlight: 1 }, { core: SUBJECT });
    const load = (client, operation) =>
      runCell(loadCell, { client, operation, connections, stored, durationMs, ...targets[client] }, { core: REST });
    const operations = {};
    for (const operation of OPERATIONS) {
      const readings = {};
      const reading = (name, measure) => async () => {
        const result = await measure();
        (readings[name] ??= []).push(result);
        return result.perSecond;
      };
      const contenders = {
        gatehouse: reading('gatehouse', () => load('gatehouse', operation)),
        betterAuth: reading('betterAuth', () => load('betterAuth', operation)),
        again: reading('again', () => load('gatehouse', operation)),
        ...(operation === 'signIn' ? { raw: reading('raw', raw), rawAgain: reading('rawAgain', raw) } : {}),
      };
      // Once unmeasured: the first requests of a process are compiled as they run.
      for (const name of ['gatehouse', 'betterAuth']) await load(name, operation);
      const rounds = roundsOf(operation);
      const onRound = (round) => log(`  ${operation}: round ${round} of ${rounds}`);
      const measured = await measureInRounds(contenders, { rounds, mirrored: !quick, onRound });
      operations[operation] = { rounds, ...summary(measured, readings, operation) };
    }
    return { connections, people, operations };
  } finally {
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
