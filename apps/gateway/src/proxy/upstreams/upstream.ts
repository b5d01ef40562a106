import type { Clock } from '@gatehouse/kernel';
import type { Logger } from '@gatehouse/observability';
import type { UpstreamSettings } from '../../config/gateway-settings.js';
import { HealthCheck } from './health-checks.js';
import { RetryBudget } from './retry-budget.js';
import { Target, type Verdict } from './target.js';

/** Why there is nobody to ask: none is well, all that are well are left alone for a while, or all have too much to do. */
export type NoTarget = 'no-target' | 'circuit-open' | 'full';

/** What was begun at a target: to be judged once and released once. */
export interface Lease {
  readonly target: Target;
  readonly round: number;
}

/** A group of equal servers. Chooses one for each attempt, and learns from how it went. */
export class Upstream {
  readonly targets: readonly Target[];
  readonly budget = new RetryBudget();
  private readonly checks: readonly HealthCheck[];
  private turn = 0;

  constructor(
    readonly settings: UpstreamSettings,
    clock: Clock,
    private readonly logger: Logger,
  ) {
    this.targets = settings.targets.map((url) => new Target(url, settings, clock));
    const { health } = settings;
    this.checks = health ? this.targets.map((one) => new HealthCheck(one, health, (it) => this.noteHealth(it))) : [];
  }

  /** @param tried - targets that failed this request; asked again only where there is no other */
  begin(tried?: ReadonlySet<Target>): Lease | NoTarget {
    const chosen = this.choose(tried) ?? (tried ? this.choose() : undefined);
    if (!chosen) return this.whyNone();
    chosen.active += 1;
    return { target: chosen, round: chosen.breaker.begin() };
  }

  /** Told once for each lease, as soon as it is known: when the answer begins, not when a stream of hours ends. */
  judge({ target, round }: Lease, verdict: Verdict): void {
    const before = target.breaker.state;
    if (verdict === 'good') {
      target.noteSuccess();
      target.breaker.succeeded(round);
    } else if (verdict === 'bad') {
      this.noteFailure(target);
      target.breaker.failed(round);
    } else target.breaker.undecided(round);
    const after = target.breaker.state;
    if (after !== before) this.log(after === 'closed' ? 'info' : 'warn', `circuit ${after}`, target);
  }

  /** Nothing of the attempt is under way any more. */
  release({ target }: Lease): void {
    target.active -= 1;
  }

  /** Lets requests under way finish on their connections. */
  async close(): Promise<void> {
    await Promise.all([...this.checks.map((check) => check.stop()), ...this.targets.map(({ pool }) => pool.close())]);
  }

  async destroy(): Promise<void> {
    await Promise.all([...this.checks.map((check) => check.stop()), ...this.targets.map(({ pool }) => pool.destroy())]);
  }

  private choose(tried?: ReadonlySet<Target>): Target | undefined {
    const { targets } = this;
    this.turn = (this.turn + 1) % targets.length;
    let best: Target | undefined;
    for (let step = 0; step < targets.length; step += 1) {
      const target = targets[(this.turn + step) % targets.length] as Target;
      if (tried?.has(target) || !this.usable(target)) continue;
      if (this.settings.balance === 'round-robin') return target;
      if (!best || target.active < best.active) best = target;
    }
    return best;
  }

  private usable(target: Target): boolean {
    return target.healthy && !target.full && target.breaker.admits && !target.ejected;
  }

  private whyNone(): NoTarget {
    const well = this.targets.filter((target) => target.healthy && !target.ejected);
    if (well.length === 0) return 'no-target';
    return well.some((target) => target.breaker.admits) ? 'full' : 'circuit-open';
  }

  private noteFailure(target: Target): void {
    const { failures, forMs } = this.settings.ejection;
    if (target.noteFailure() < failures || target.ejected) return;
    // Half stay whatever they do: servers that fail together have a common cause, and nobody left helps nobody.
    const out = this.targets.filter((one) => one.ejected).length;
    if ((out + 1) * 2 > this.targets.length) return;
    target.eject(forMs);
    this.log('warn', 'target ejected', target);
  }

  private noteHealth(target: Target): void {
    this.log(target.healthy ? 'info' : 'warn', target.healthy ? 'target healthy' : 'target unhealthy', target);
  }

  private log(level: 'info' | 'warn', message: string, target: Target): void {
    this.logger[level](message, { upstream: this.settings.name, target: target.origin });
  }
}
