/** What of two kinds of request is to take the same time. */
export interface TimedPair {
  /** About an account that exists. */
  readonly known: () => Promise<unknown>;
  /** About one that does not. */
  readonly unknown: () => Promise<unknown>;
}

export interface Comparison {
  /** Middle of the differences, in ms; above 0 when the known one takes longer. */
  readonly differenceMs: number;
  /** Middle time of one, in ms. */
  readonly typicalMs: number;
  /** How likely chance alone is to order the times as they came (Mann-Whitney, two-sided). */
  readonly p: number;
}

/** Below this nobody sees a difference through a network, nor we through the scheduler of a busy machine, in ms. */
const UNSEEN_MS = 0.25;
const UNSEEN_SHARE = 0.05;
/** Of so many in a row the quickest counts: whatever else the machine does only ever makes one slower. */
const BEST_OF = 4;
/** How many of those are looked at before each verdict, all before it included. */
const LOOKS = [20, 40, 80];
const SURELY = 1e-6;
const LIKELY = 1e-3;
const WARM_UP = 5;
/** Longest one comparison takes: then what has been seen by then counts. */
const PATIENCE_MS = 8_000;

/**
 * Whether somebody with a stop-watch could tell the two apart: the middle of the differences is more than 5 % (and more than a
 * quarter of a millisecond), and the times are ordered as chance would not have it. The two are asked side by side in time, in
 * changing order, so that whatever else the machine does meets both. While that leaves doubt, more are asked.
 *
 * @returns `undefined` when they could not; else the last comparison.
 */
export async function toldApart(pair: TimedPair): Promise<Comparison | undefined> {
  for (let n = 0; n < WARM_UP; n++) await sample(pair, n % 2 === 0);
  const known: number[] = [];
  const unknown: number[] = [];
  const deadlineMs = performance.now() + PATIENCE_MS;
  const isOver = () => performance.now() > deadlineMs;
  for (const count of LOOKS) {
    while (known.length < count && !isOver()) {
      const best = await bestOf(pair);
      known.push(best.known);
      unknown.push(best.unknown);
    }
    const found = compare(known, unknown);
    if (Math.abs(found.differenceMs) <= Math.max(UNSEEN_MS, found.typicalMs * UNSEEN_SHARE)) return undefined;
    if (found.p < SURELY) return found;
    if (count === LOOKS.at(-1) || isOver()) return found.p < LIKELY ? found : undefined;
  }
  return undefined;
}

function compare(known: readonly number[], unknown: readonly number[]): Comparison {
  return {
    differenceMs: median(known.map((time, n) => time - unknown[n]!)),
    typicalMs: median([...known, ...unknown]),
    p: mannWhitney(known, unknown),
  };
}

async function bestOf(pair: TimedPair): Promise<{ known: number; unknown: number }> {
  const samples = [];
  for (let n = 0; n < BEST_OF; n++) samples.push(await sample(pair, Math.random() < 0.5));
  return {
    known: Math.min(...samples.map(({ known }) => known)),
    unknown: Math.min(...samples.map(({ unknown }) => unknown)),
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

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

/** Two-sided p of the rank test, by the normal approximation, which is good from about twenty values on. */
function mannWhitney(one: readonly number[], other: readonly number[]): number {
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
