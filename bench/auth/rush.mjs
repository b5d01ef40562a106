import { readFileSync } from 'node:fs';
import { runCell } from '../harness/cell.mjs';
import { ANYWHERE } from '../harness/placement.mjs';
import { populate, startStage } from './stage.mjs';

const rushCell = new URL('./rush-cell.mjs', import.meta.url);
const rawCell = new URL('./raw-argon2-cell.mjs', import.meta.url);

/**
 * Ten thousand people sign in within ten seconds, half of them unknown, each over a connection of their own that is open five
 * seconds before. Meanwhile others ask for their health, refresh, list their sessions and use the orders service.
 *
 * Nothing is pinned: what is asked is whether a service that hashes on one core fewer than there are, as it does unless told
 * otherwise, has enough left to answer.
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
    const before = await raw();
    log('  the rush');
    const sockets = quick ? 200 : 10_000;
    const rush = await rushOf(sockets);
    const after = await raw();
    const rawPerSecond = (before.perSecond + after.perSecond) / 2;
    return {
      sockets,
      ...rush,
      rawPerSecond,
      rawControl: after.perSecond / before.perSecond,
      admittedToRaw: rush.admittedPerSecond / rawPerSecond,
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
