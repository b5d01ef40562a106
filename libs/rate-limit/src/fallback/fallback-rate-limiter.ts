import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { GrowingDelay, Limit, Verdict } from '../limit.js';
import type { MemoryRateLimiter } from '../memory/memory-rate-limiter.js';
import { RateLimiter } from '../rate-limiter.port.js';

export interface FallbackOptions {
  /** After a failure the server is left alone about this long, in ms. @default 1000 */
  readonly pauseMs?: number;
  /** 0 up to 1; spreads the pauses of many instances. */
  readonly random?: () => number;
  /** Told when counting moves to this process, and when it moves back. */
  readonly onStatus?: (status: 'shared' | 'own') => void;
}

/** What marks of charges begin with that were made in this process. */
const OWN = 'own:';

/**
 * Limits over all instances while their server answers, within this instance while it does not: never none.
 *
 * What the server admits is counted here as well. So an instance never admits more than the limit in any window, whatever the
 * server has forgotten, and all of n instances never more than n times the limit, also in the window in which it goes away or
 * comes back. Growing delays are not carried over either way: they may be forgiven at another instance.
 *
 * After an outage one attempt goes ahead to see whether the server answers; the others follow once it has.
 */
export class FallbackRateLimiter extends RateLimiter {
  private askAgainAtMs: number | undefined;
  private asking = false;

  constructor(
    private readonly shared: RateLimiter,
    private readonly own: MemoryRateLimiter,
    private readonly clock: Clock,
    private readonly options: FallbackOptions = {},
  ) {
    super();
  }

  override async take(group: string, limits: readonly Limit[]): Promise<Verdict> {
    const counts = limits.filter(({ kind }) => kind !== 'growing-delay');
    const place = this.own.hold(group, counts);
    if (!('settle' in place)) return place;
    let admitted = false;
    try {
      const verdict = await this.either(
        () => this.shared.take(group, limits),
        async () => undefined,
      );
      admitted = verdict?.admitted ?? false;
      if (verdict) return verdict;
    } finally {
      place.settle(admitted);
    }
    const own = await this.own.take(group, limits);
    return { ...own, marks: own.marks.map((mark) => OWN + mark) };
  }

  override async withdraw(group: string, delay: GrowingDelay, mark: string): Promise<void> {
    if (mark.startsWith(OWN)) return this.own.withdraw(group, delay, mark.slice(OWN.length));
    await this.either(
      () => this.shared.withdraw(group, delay, mark),
      async () => undefined,
    );
  }

  override async forgive(group: string, delay: GrowingDelay): Promise<void> {
    await this.own.forgive(group, delay);
    await this.either(
      () => this.shared.forgive(group, delay),
      async () => undefined,
    );
  }

  private async either<T>(shared: () => Promise<T>, own: () => Promise<T>): Promise<T> {
    if (!this.mayAsk()) return own();
    try {
      const answer = await shared();
      this.noteAnswer();
      return answer;
    } catch (error) {
      if (!(error instanceof SessionStoreUnavailable)) {
        this.asking = false;
        throw error;
      }
      this.noteOutage();
      return own();
    }
  }

  private mayAsk(): boolean {
    if (this.askAgainAtMs === undefined) return true;
    if (this.asking || this.clock.nowMs() < this.askAgainAtMs) return false;
    this.asking = true;
    return true;
  }

  private noteAnswer(): void {
    if (this.askAgainAtMs !== undefined) this.options.onStatus?.('shared');
    this.askAgainAtMs = undefined;
    this.asking = false;
  }

  private noteOutage(): void {
    const { pauseMs = 1_000, random = Math.random, onStatus } = this.options;
    if (this.askAgainAtMs === undefined) onStatus?.('own');
    this.askAgainAtMs = this.clock.nowMs() + pauseMs * (0.75 + random() / 2);
    this.asking = false;
  }
}
