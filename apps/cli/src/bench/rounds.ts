/** One side of a comparison: does the work `times` times. */
export type Work = (times: number) => void;

export interface Comparison {
  /** Median time of one piece of work, in microseconds. */
  readonly micros: number;
  readonly peerMicros: number;
  /** Median of the ratios of each round, ours to the peer's: noise that lasts longer than a round cancels out. */
  readonly ratio: number;
  readonly rounds: number;
}

const PER_ROUND_MS = 12;
const LEAST_ROUNDS = 4;

/** Runs both in A B B A order, in short rounds, for about `budgetMs`; at least {@link LEAST_ROUNDS} rounds. */
export async function compare(ours: Work, peer: Work, budgetMs: number): Promise<Comparison> {
  const [ourTimes, peerTimes] = [timesPerRound(ours), timesPerRound(peer)];
  const rounds: [number, number][] = [];
  const endMs = performance.now() + budgetMs;
  while (rounds.length < LEAST_ROUNDS || performance.now() < endMs) {
    const a1 = each(ours, ourTimes);
    const b = each(peer, peerTimes) + each(peer, peerTimes);
    const a2 = each(ours, ourTimes);
    rounds.push([(a1 + a2) / 2, b / 2]);
    // So that Ctrl-C is heard.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return {
    micros: median(rounds.map(([own]) => own)),
    peerMicros: median(rounds.map(([, other]) => other)),
    ratio: median(rounds.map(([own, other]) => own / other)),
    rounds: rounds.length,
  };
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** @param q - between 0 and 1 */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
}

/** So often that a round takes about {@link PER_ROUND_MS}; finding out also warms the code up. */
function timesPerRound(work: Work): number {
  let times = 1;
  for (;;) {
    const tookMs = (each(work, times) * times) / 1000;
    if (tookMs >= PER_ROUND_MS / 2) return Math.max(1, Math.round((times * PER_ROUND_MS) / tookMs));
    times *= 2;
  }
}

/** Microseconds for one. */
function each(work: Work, times: number): number {
  const startedMs = performance.now();
  work(times);
  return ((performance.now() - startedMs) * 1000) / times;
}
