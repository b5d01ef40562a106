import type { Clock } from '@gatehouse/kernel';
import { checkLimits, type GrowingDelay, type Limit, type Verdict, verdictOf } from '../limit.js';
import { RateLimiter } from '../rate-limiter.port.js';
import { BucketTally, DelayTally, type Tally, tallyFor, WindowTally } from './tallies.js';

/** A place kept for an attempt. */
export interface Hold {
  /** Once, when it is known whether the attempt was admitted. */
  settle(admitted: boolean): void;
}

/** Bounds the memory a stranger with many addresses can take: some tens of MB. */
const MAX_KEYS = 100_000;

/**
 * Limits within this process: with one instance all there is, with several what remains while Redis is away. Beyond
 * `maxKeys` the key that was asked for least recently is forgotten.
 */
export class MemoryRateLimiter extends RateLimiter {
  /** Least recently used first. */
  private readonly tallies = new Map<string, WindowTally | BucketTally | DelayTally>();

  constructor(
    private readonly clock: Clock,
    private readonly maxKeys = MAX_KEYS,
  ) {
    super();
  }

  override async take(group: string, limits: readonly Limit[]): Promise<Verdict> {
    checkLimits(limits);
    const nowMs = this.clock.nowMs();
    const tallies = limits.map((limit) => this.tallyOf(group, limit));
    const waits = tallies.map((tally) => tally.waitMs(nowMs));
    const admitted = waits.every((waitMs) => waitMs === 0);
    const marks = admitted ? tallies.map((tally) => tally.charge(nowMs)) : [];
    return verdictOf(nowMs, readingsOf(tallies, waits, nowMs), marks);
  }

  /**
   * Holds a place for an attempt that somebody else decides on.
   *
   * @returns what is to be done with the place once that is known; or a refusal, when there is none.
   */
  hold(group: string, limits: readonly Limit[]): Verdict | Hold {
    checkLimits(limits);
    const nowMs = this.clock.nowMs();
    const tallies = limits.map((limit) => this.tallyOf(group, limit));
    const waits = tallies.map((tally) => tally.waitMs(nowMs));
    if (waits.some((waitMs) => waitMs > 0)) return verdictOf(nowMs, readingsOf(tallies, waits, nowMs), []);
    for (const tally of tallies) tally.held += 1;
    return {
      settle: (admitted) => {
        for (const tally of tallies) {
          tally.held -= 1;
          if (admitted) tally.charge(this.clock.nowMs());
        }
      },
    };
  }

  override async withdraw(group: string, delay: GrowingDelay, mark: string): Promise<void> {
    const tally = this.tallies.get(nameOf(group, delay));
    if (tally instanceof DelayTally && tally.withdraw(mark)) this.tallies.delete(nameOf(group, delay));
  }

  override async forgive(group: string, delay: GrowingDelay): Promise<void> {
    this.tallies.delete(nameOf(group, delay));
  }

  private tallyOf(group: string, limit: Limit): WindowTally | BucketTally | DelayTally {
    const name = nameOf(group, limit);
    const tally = this.tallies.get(name) ?? tallyFor(limit);
    if (tally instanceof WindowTally && limit.kind === 'sliding-window') tally.adopt(limit);
    if (tally instanceof BucketTally && limit.kind === 'token-bucket') tally.adopt(limit);
    if (tally instanceof DelayTally && limit.kind === 'growing-delay') tally.adopt(limit);
    this.tallies.delete(name);
    this.tallies.set(name, tally);
    if (this.tallies.size > this.maxKeys) {
      const [leastRecentlyUsed] = this.tallies.keys();
      if (leastRecentlyUsed !== undefined) this.tallies.delete(leastRecentlyUsed);
    }
    return tally;
  }
}

function readingsOf(tallies: readonly Tally[], waits: readonly number[], nowMs: number) {
  return tallies.map((tally, index) => tally.reading(nowMs, waits[index] ?? 0));
}

/** As JSON, since a text of a caller may hold whatever would stand between the parts. */
function nameOf(group: string, { kind, policy, key }: Limit): string {
  return JSON.stringify([kind, policy, group, key]);
}
