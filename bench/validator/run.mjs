import { existsSync, readFileSync } from 'node:fs';
import { faultsOf } from '../harness/judge.mjs';
import { inLanes } from '../harness/lanes.mjs';
import { machineFacts } from '../harness/placement.mjs';
import { commitOf, versions } from '../harness/versions.mjs';
import { PIECES } from './pieces.mjs';

/** Side by side in a quick run, where most of the time goes into starting servers. */
const QUICK_LANES = 2;

/** @param {{ names: string[], quick: boolean, log: (text: string) => void }} options */
export async function runValidator(options) {
  const pieces = await runPieces(PIECES, { ...options, lanes: options.quick ? QUICK_LANES : 1 });
  return { subject: 'validator', quick: options.quick, machine: machineFacts(), versions: versions(), pieces };
}

/**
 * Measures the pieces, one after the other unless there are more `lanes`. One that fails is noted and the others still run; one
 * that hangs ends the run.
 *
 * @param {Record<string, object>} pieces
 * @param {{ names: string[], quick: boolean, log: (text: string) => void, lanes?: number }} options
 */
export async function runPieces(pieces, { names, quick, log, lanes = 1 }) {
  const done = {};
  let hanging;
  await inLanes(names, lanes, async (name, index) => {
    if (hanging) return;
    log(`[${index + 1}/${names.length}] ${pieces[name].title}`);
    done[name] = await runPiece(pieces[name], { quick, log });
    log(`  ${name}: ${done[name].tookSeconds} s`);
    if (done[name].isHanging) hanging = name;
  });
  if (hanging) log(`  ${hanging} still runs and would weigh on what comes next: the run ends here`);
  return Object.fromEntries(names.filter((name) => done[name]).map((name) => [name, done[name]]));
}

export async function runPiece({ title, limitSeconds, measure, figures, controls }, { quick, log }) {
  const [at, commit] = [new Date().toISOString(), commitOf()];
  const startedMs = performance.now();
  const done = (facts) => ({
    title,
    at,
    commit,
    tookSeconds: Math.round((performance.now() - startedMs) / 1000),
    ...facts,
  });
  let timer;
  let isHanging = false;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => {
      isHanging = true;
      reject(new Error(`not done after ${limitSeconds} s`));
    }, limitSeconds * 1000);
  });
  try {
    const result = await Promise.race([measure({ quick, log }), late]);
    return done({ faults: faultsOf(controls(result)), figures: figures(result), controls: controls(result), result });
  } catch (error) {
    log(`  failed: ${error.stack}`);
    return done({ isHanging, error: error.message, faults: ['it failed'], figures: [], controls: [], result: null });
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Joins a run of some pieces to the run on file, so that one piece can be measured again; only when both come from the same
 * machine. Each piece keeps its date and the commit it was measured at.
 */
export function joined(run, file) {
  if (!existsSync(file)) return run;
  const earlier = JSON.parse(readFileSync(file, 'utf8'));
  if (JSON.stringify(earlier.machine) !== JSON.stringify(run.machine)) return run;
  const all = { ...earlier.pieces, ...run.pieces };
  const inOrder = Object.keys(PIECES).filter((name) => all[name]);
  return { ...run, pieces: Object.fromEntries(inOrder.map((name) => [name, all[name]])) };
}
