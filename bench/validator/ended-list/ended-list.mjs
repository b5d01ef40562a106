import { runCell } from '../../harness/cell.mjs';
import { SUBJECT } from '../../harness/placement.mjs';
import { median } from '../../harness/rounds.mjs';

const lookUpCell = new URL('./look-up-cell.mjs', import.meta.url);
const memoryCell = new URL('./memory-cell.mjs', import.meta.url);
const nodeArgs = ['--expose-gc'];

/** The list of what has ended: time per look-up beside a `Map<string, number>` of the same entries. */
export function measureLookUp({ quick, log }) {
  const input = quick
    ? { entries: 20_000, rounds: 2, block: 2_000 }
    : { entries: 1_000_000, rounds: 60, block: 10_000 };
  log(`  ${input.entries} entries`);
  return runCell(lookUpCell, input, { core: SUBJECT, nodeArgs, timeLimitMs: 120_000 });
}

/**
 * Bytes per entry of the list, each reading in a process of its own. Memory does not depend on what else the machine does,
 * so eight rounds are plenty; the control is the Map again.
 */
export async function measureMemory({ quick, log }) {
  const entries = quick ? 20_000 : 1_000_000;
  const rounds = quick ? 1 : 8;
  const readings = { list: [], map: [], mapAgain: [] };
  for (let round = 0; round < rounds; round++) {
    log(`  round ${round + 1} of ${rounds}`);
    for (const [name, all] of Object.entries(readings)) {
      const form = name === 'list' ? 'list' : 'map';
      all.push(await runCell(memoryCell, { form, entries }, { core: SUBJECT, nodeArgs, timeLimitMs: 120_000 }));
    }
  }
  const perEntry = (of, what) => median(of.map((reading) => reading[what])) / entries;
  const figures = (of) => ({
    residentBytes: perEntry(of, 'residentBytes'),
    heldBytes: perEntry(of, 'heldBytes'),
    peakResidentBytes: perEntry(of, 'peakResidentBytes'),
  });
  const [list, map, again] = [readings.list, readings.map, readings.mapAgain].map(figures);
  const drift = again.heldBytes / map.heldBytes;
  return { entries, rounds, list, map, control: { median: drift, lowest: drift, highest: drift } };
}
