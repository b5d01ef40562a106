import { isSteady } from './rounds.mjs';

/** Fewer rounds than this say nothing about a shared machine. */
export const LEAST_ROUNDS = 8;

/** A load generator busier than this makes every server look alike. */
const BUSIEST_GENERATOR = 0.9;

/**
 * @typedef {object} Figure - one line of the result
 * @property {string} what
 * @property {number} value @property {string} [unit] - `x` for a ratio, the default
 * @property {number} [lowest] @property {number} [highest] - of the rounds
 * @property {number} [must] - what is promised @property {number} [goal] - what is wished for
 * @property {'higher' | 'lower'} [better] - 'lower' unless told
 *
 * @typedef {object} Control - the same thing measured twice, and over how many rounds
 * @property {string} of @property {{ median: number }} ratio @property {number} rounds
 * @property {number} [generatorBusy] - share of its core that the load generator used at most
 */

/** A ratio over rounds as a figure. */
export const ratioFigure = (what, { median, lowest, highest }, promise = {}) => ({
  what,
  value: median,
  lowest,
  highest,
  ...promise,
});

/** @param {Figure} figure @returns {'met' | 'missed' | 'goal' | 'told'} - `told`: nothing was promised about it */
export function standing({ value, must, goal, better = 'lower' }) {
  const reaches = (bound) => (better === 'higher' ? value >= bound : value <= bound);
  if (goal !== undefined && reaches(goal)) return 'goal';
  if (must === undefined) return 'told';
  return reaches(must) ? 'met' : 'missed';
}

/** @param {Control[]} controls @returns why a run does not count; empty when it does */
export function faultsOf(controls) {
  return controls.flatMap(({ of, ratio, rounds, generatorBusy = 0 }) => [
    ...(rounds < LEAST_ROUNDS ? [`${of}: ${rounds} rounds, ${LEAST_ROUNDS} are needed`] : []),
    ...(isSteady(ratio) ? [] : [`${of}: the control came to ${ratio.median.toFixed(2)}, outside 0.95 to 1.05`]),
    ...(generatorBusy > BUSIEST_GENERATOR ? [`${of}: the load generator was the bottleneck`] : []),
  ]);
}

/**
 * @returns what the process ends with: 0 when all is well, 1 when a piece does not count or failed, 2 when all count and a
 *   promise is missed. A quick run proves that it runs, so only a failure ends it with 1.
 */
export function exitCode({ quick, pieces }) {
  const all = Object.values(pieces);
  if (all.some(({ error }) => error !== undefined)) return 1;
  if (quick) return 0;
  if (all.some(({ faults }) => faults.length > 0)) return 1;
  return all.some(({ figures }) => figures.some((figure) => standing(figure) === 'missed')) ? 2 : 0;
}
