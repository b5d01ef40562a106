import type { Counters, Decision } from './counters.js';
import type { Time } from '../time.js';
import type { Verdict } from '../verdict.js';

/** What a span says about a decision. Nothing of the token, and nobody's id. */
export interface DecisionFacts {
  readonly decision: Decision;
  /** The signature had been verified before. */
  readonly warm: boolean;
  /** `undefined` before the first proof, and without a feed. */
  readonly feedAgeSeconds: number | undefined;
  readonly replicaEntries: number;
}

export interface DecisionSpan {
  end(facts: DecisionFacts): void;
}

/** Opens spans around decisions. */
export interface Tracing {
  /** `undefined` while nobody has registered a tracer: the decision then costs nothing more. */
  open(): DecisionSpan | undefined;
}

/** One decision in this many is timed: reading the clock twice costs a tenth of a warm decision. */
export const TIMED_EVERY = 16;

/** A decision that somebody watches, from its begin to its end. */
export interface Observation {
  end(verdict: Verdict, facts: Omit<DecisionFacts, 'decision'>): void;
}

/** Times some decisions and traces them all, if there is a tracer. */
export class DecisionObserver {
  private turn = 0;

  constructor(
    private readonly counters: Counters,
    private readonly time: Time,
    private readonly tracing: Tracing | undefined,
  ) {}

  /** @returns `undefined` for a decision that is neither timed nor traced. */
  begin(): Observation | undefined {
    const timed = this.turn++ % TIMED_EVERY === 0;
    const span = this.tracing?.open();
    if (!span && !timed) return undefined;
    const startedMs = this.time.monotonicMs();
    return {
      end: (verdict, facts) => {
        if (timed) this.counters.decisionSeconds.observe((this.time.monotonicMs() - startedMs) / 1000);
        span?.end({ ...facts, decision: verdict.ok ? 'OK' : verdict.reason });
      },
    };
  }
}
