/**
 * Rounds measured side by side. A machine that is shared is fast in one minute and slow in the next, so what is compared
 * is measured in turn, in mirrored order (A B C, C B A, …), and only ratios within one round are kept. Each pair of rounds
 * begins with the next contender, so that over the rounds everybody stands everywhere: who stood at the turn would have its two
 * measurements side by side each time, and be the one a bad second hits twice.
 *
 * @param {Record<string, (round: number) => number | Promise<number>>} contenders - name to a function that measures once
 * @param {{ rounds: number, from?: number, mirrored?: boolean, deadlineMs?: number, onRound?: (round: number, figures: Record<string, number>) => void }} options
 *   `mirrored`: each round is A B B A, each figure the mean of its two; else rounds take turns, A B and B A.
 *   `from`: rounds measured before, in earlier calls: who begins goes on from there. `deadlineMs`: on `performance.now()`; no round is begun after it
 * @returns {Promise<Record<string, number>[]>} one record of figures per round
 */
export async function measureInRounds(
  contenders,
  { rounds, from = 0, mirrored = false, deadlineMs = Infinity, onRound },
) {
  const names = Object.keys(contenders);
  const all = [];
  for (let round = 0; round < rounds && performance.now() < deadlineMs; round++) {
    const first = ((from + round) >> 1) % names.length;
    const turned = [...names.slice(first), ...names.slice(0, first)];
    const forth = (from + round) % 2 === 0 ? turned : turned.reverse();
    const order = mirrored ? [...forth, ...[...forth].reverse()] : forth;
    const figures = Object.fromEntries(names.map((name) => [name, 0]));
    for (const name of order) figures[name] += (await contenders[name](round)) / (mirrored ? 2 : 1);
    all.push(figures);
    onRound?.(round + 1, figures);
  }
  return all;
}

/** The middle value; the mean of the two middle ones for an even count. */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** The value below which the share `p` (0 to 1) of the values lies. */
export function percentile(values, p) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(p * sorted.length) - 1)];
}

/** Median over the rounds of `of / to`, each ratio taken within one round, with the lowest and the highest. */
export function ratio(rounds, of, to) {
  const ratios = rounds.map((figures) => figures[of] / figures[to]);
  return { median: median(ratios), lowest: Math.min(...ratios), highest: Math.max(...ratios) };
}

/** A run counts when the same thing, measured twice, came out the same: its median ratio lies here. */
export const CONTROL_RANGE = [0.95, 1.05];

/** @param {{ median: number }} control */
export function isSteady({ median: value }) {
  return value >= CONTROL_RANGE[0] && value <= CONTROL_RANGE[1];
}
