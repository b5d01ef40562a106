import { readFileSync } from 'node:fs';
import { runCell } from '../harness/cell.mjs';
import { ANYWHERE } from '../harness/placement.mjs';
import { median, ratio } from '../harness/rounds.mjs';
import { populate, startStage } from './stage.mjs';

const rushCell = new URL('./rush-cell.mjs', import.meta.url);
const rawCell = new URL('./raw-argon2-cell.mjs', import.meta.url);

/** Of each figure the middle one counts; what must never happen is counted over all. */
const RUSHES = 8;

/**
 * Ten thousand people sign in within ten seconds, half of them unknown, each over a connection of their own that is open five
 * seconds before. Meanwhile others ask for their health, refresh, list their sessions and use the orders service.
 *
 * Eight times, each between two readings of bare argon2id, which are each other's control. Nothing is pinned: what is asked is whether a service that hashes on one core fewer than
 * there are, as it does unless told otherwise, has enough left to answer.
 */
export async function measureRush({ quick, log }) {
  const stage = await startStage();
  try {
    const auth = await stage.startGatehouse(ANYWHERE);
    const orders = await stage.startOrders(ANYWHERE);
    const people = await populate(auth.url, 'gatehouse', quick ? 5 : 50);
    const raw = () => runCell(rawCell, { durationMs: quick ? 300 : 3_000, inFlight: 1 }, { core: ANYWHERE });
    const rushOf = (sockets) =>
      runCell(
        rushCell,
        { url: auth.url, ordersUrl: orders.url, people, sockets, perSecond: 1_000 },
        { core: ANYWHERE },
      );
    log('  a smaller rush, for the services to be compiled: they run for days');
    await rushOf(quick ? 50 : 5_000);
    const sockets = quick ? 200 : 10_000;
    const rushes = [];
    for (let n = 1; n <= (quick ? 1 : RUSHES); n++) {
      const before = await raw();
      log(`  rush ${n}`);
      const rush = await rushOf(sockets);
      const after = await raw();
      const rawPerSecond = (before.perSecond + after.perSecond) / 2;
      rushes.push({ ...rush, rawPerSecond, raw: before.perSecond, rawAgain: after.perSecond });
    }
    const others = Object.keys(rushes[0].othersP99Ms);
    const middle = (fact) => median(rushes.map(fact));
    const sum = (fact) => rushes.reduce((total, rush) => total + fact(rush), 0);
    return {
      sockets,
      rushes,
      admittedToRaw: ratio(rushes, 'admittedPerSecond', 'rawPerSecond'),
      control: ratio(rushes, 'rawAgain', 'raw'),
      admittedPerSecond: middle(({ admittedPerSecond }) => admittedPerSecond),
      rawPerSecond: middle(({ rawPerSecond }) => rawPerSecond),
      refusedP99Ms: middle(({ refusedP99Ms }) => refusedP99Ms),
      admittedP99Ms: middle(({ admittedP99Ms }) => admittedP99Ms),
      othersP99Ms: Object.fromEntries(others.map((name) => [name, middle(({ othersP99Ms }) => othersP99Ms[name])])),
      othersNotOk: sum(({ othersNotOk }) => othersNotOk),
      unanswered: sum(({ unanswered }) => unanswered),
      refused: sum(({ statuses }) => (statuses[503] ?? 0) + (statuses[429] ?? 0)),
      peakRssMiB: peakRssMiB(auth.child.pid),
    };
  } finally {
    await stage.stop();
  }
}

function peakRssMiB(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  } catch {
    return NaN;
  }
}
