import { runCell } from '../../harness/cell.mjs';
import { SUBJECT } from '../../harness/placement.mjs';
import { median, ratio } from '../../harness/rounds.mjs';

const cell = new URL('./cell.mjs', import.meta.url);

/**
 * One ES256 token inside one process: seen for the first time and seen before, ours and the libraries'. In several processes,
 * one after the other, whose rounds count together: each differs by some hundredths for as long as it lives.
 */
export async function measureTokenCheck({ quick, log }) {
  const processes = quick ? 1 : 5;
  const input = quick
    ? { warmUpRounds: 1, rounds: 2, tokens: 50, warmPasses: 2 }
    : { warmUpRounds: 30, rounds: 15, tokens: 80, warmPasses: 20 };
  const [first, warm] = [[], []];
  for (let n = 1; n <= processes; n++) {
    log(`  verifying: process ${n} of ${processes}`);
    const { firstRounds, warmRounds } = await runCell(cell, input, { core: SUBJECT, timeLimitMs: 60_000 });
    first.push(...firstRounds);
    warm.push(...warmRounds);
  }
  return {
    processes,
    rounds: first.length,
    firstSight: {
      us: medians(first),
      toBare: Object.fromEntries(Object.keys(first[0]).map((name) => [name, ratio(first, name, 'bare')])),
      control: ratio(first, 'bareAgain', 'bare'),
    },
    warm: {
      us: medians(warm),
      oursToFastJwt: ratio(warm, 'ours', 'fastJwt'),
      control: ratio(warm, 'oursAgain', 'ours'),
    },
  };
}

const medians = (all) =>
  Object.fromEntries(Object.keys(all[0]).map((name) => [name, median(all.map((figures) => figures[name]))]));
