/** What of two kinds of request is to take the same time. */
export interface TimedPair {
  /** About an account that exists. */
  readonly known: () => Promise<unknown>;
  /** About one that does not. */
  readonly unknown: () => Promise<unknown>;
}

export interface Comparison {
  /** Middle of the differences within pairs, in ms; above 0 when the known one takes longer. */
  readonly differenceMs: number;
  /** Middle time of one, in ms. */
  readonly typicalMs: number;
  /** How likely chance alone is to order the times as they came (Mann-Whitney, two-sided). */
  readonly p: number;
}

/** Below this nobody sees a difference through a network, nor we through the scheduler of a busy machine, in ms. */
const UNSEEN_MS = 0.25;
const UNSEEN_SHARE = 0.05;
const CHANCE = 0.01;
/** Pairs in each round. Only a difference that every one of them shows, with more and more pairs, is one. */
const ROUNDS = [40, 80, 160];
const WARM_UP = 5;

/**
 * Whether somebody with a stop-watch could tell the two apart: the middle of the differences is more than 5 % (and more than a
 * quarter of a millisecond), and the times are ordered as chance would not have it. The two are asked side by side in time, in
 * changing order, so that whatever else the machine does meets both.
 *
 * @returns `undefined` when they could not; else the last comparison.
 */
export async function toldApart(pair: TimedPair): Promise<Comparison | undefined> {
  for (let n = 0; n < WARM_UP; n++) await sample(pair, n % 2 === 0);
  let last: Comparison | undefined;
  for (const pairs of ROUNDS) {
    last = await compare(pair, pairs);
    const seenMs = Math.max(UNSEEN_MS, last.typicalMs * UNSEEN_SHARE);
    if (Math.abs(last.differenceMs) <= seenMs || last.p > CHANCE) return undefined;
  }
  return last;
}

async function compare(pair: TimedPair, pairs: number): Promise<Comparison> {
  const known: number[] = [];
  const unknown: number[] = [];
  for (let n = 0; n < pairs; n++) {
    const times = await sample(pair, Math.random() < 0.5);
    known.push(times.known);
    unknown.push(times.unknown);
  }
  return {
    differenceMs: median(known.map((time, n) => time - unknown[n]!)),
    typicalMs: median([...known, ...unknown]),
    p: mannWhitney(known, unknown),
  };
}

async function sample({ known, unknown }: TimedPair, knownFirst: boolean): Promise<{ known: number; unknown: number }> {
  if (knownFirst) {
    const first = await timed(known);
    return { known: first, unknown: await timed(unknown) };
  }
  const first = await timed(unknown);
  return { known: await timed(known), unknown: first };
}

async function timed(ask: () => Promise<unknown>): Promise<number> {
  // What the request before has left to do is not counted against this one.
  await new Promise((resolve) => setImmediate(resolve));
  const startedMs = performance.now();
  await ask();
  return performance.now() - startedMs;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

/** Two-sided p of the rank test, by the normal approximation, which is good from about twenty values on. */
export function mannWhitney(one: readonly number[], other: readonly number[]): number {
  const all = [...one.map((time) => ({ time, own: 1 })), ...other.map((time) => ({ time, own: 0 }))];
  all.sort((a, b) => a.time - b.time);
  const rankSum = all.reduce((sum, { own }, index) => sum + own * (index + 1), 0);
  const [n, m] = [one.length, other.length];
  const u = rankSum - (n * (n + 1)) / 2;
  const z = (u - (n * m) / 2) / Math.sqrt((n * m * (n + m + 1)) / 12);
  return 2 * (1 - normal(Math.abs(z)));
}

/** Share of a standard normal distribution below `z` (Abramowitz and Stegun 26.2.17, to seven digits). */
function normal(z: number): number {
  const t = 1 / (1 + 0.2316419 * z);
  const tail = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * tail;
}
