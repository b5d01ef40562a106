import type { LimitFigures } from '../../limits/limit-policies.js';
import { type LivePolicy, withinBounds } from './live-policy.js';
import { RateLimitsPolicyDto } from './rate-limits-policy.dto.js';

/** What the policy `rate-limits` says. */
export type RateLimitsPolicy = Readonly<RateLimitsPolicyDto>;

/** How much of what is admitted: as configured, until a policy says otherwise. */
export class LiveLimitFigures implements LimitFigures, LivePolicy<RateLimitsPolicy> {
  readonly name = 'rate-limits';
  private current: RateLimitsPolicy;

  constructor(private readonly configured: RateLimitsPolicy) {
    this.current = configured;
  }

  get policy(): RateLimitsPolicy {
    return this.current;
  }

  apply(document: Partial<RateLimitsPolicy> | undefined): void {
    this.current = withinBounds(RateLimitsPolicyDto, this.configured, document);
  }

  get signInPerMinute(): number {
    return this.current.signin_per_minute;
  }

  get pairPerHour(): number {
    return this.current.pair_per_hour;
  }

  get apiPerMinute(): number {
    return this.current.api_per_minute;
  }

  get clientPerMinute(): number {
    return this.current.client_per_minute;
  }

  get freeFailures(): number {
    return this.current.signin_free_failures;
  }

  get maxDelayMs(): number {
    return this.current.signin_delay_max_seconds * 1000;
  }
}
