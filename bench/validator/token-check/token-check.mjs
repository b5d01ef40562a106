import { runCell } from '../../harness/cell.mjs';
import { SUBJECT } from '../../harness/placement.mjs';

const cell = new URL('./cell.mjs', import.meta.url);

/** One ES256 token inside one process: seen for the first time and seen before, ours and the libraries'. */
export function measureTokenCheck({ quick, log }) {
  log('  verifying');
  const input = quick ? { rounds: 2, tokens: 50, warmPasses: 2 } : { rounds: 60, tokens: 80, warmPasses: 20 };
  return runCell(cell, input, { core: SUBJECT, timeLimitMs: 120_000 });
}
