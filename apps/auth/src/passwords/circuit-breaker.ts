import type { Clock } from '@gatehouse/kernel';

export interface BreakerLimits {
  /** Failures in a row after which nobody is asked any more. */
  readonly failures: number;
  /** How long it then stays so, in ms; afterwards one call tries it again. */
  readonly restMs: number;
}

/** Spares a service that is down its callers, and callers the wait. */
export class CircuitBreaker {
  private failedInARow = 0;
  private openUntilMs = 0;
  private probing = false;

  constructor(
    private readonly limits: BreakerLimits,
    private readonly clock: Clock,
    /** Told once when it opens, and once when all is well again. */
    private readonly onChange: (isOpen: boolean) => void = () => undefined,
  ) {}

  get isOpen(): boolean {
    return this.failedInARow >= this.limits.failures;
  }

  /** @returns what the call yields; `undefined` when it failed or was not made. */
  async run<T>(call: () => Promise<T>): Promise<T | undefined> {
    const isProbe = this.isOpen;
    if (isProbe && (this.probing || this.clock.nowMs() < this.openUntilMs)) return undefined;
    this.probing = isProbe;
    try {
      const result = await call();
      this.settle(true);
      return result;
    } catch {
      this.settle(false);
      return undefined;
    } finally {
      if (isProbe) this.probing = false;
    }
  }

  private settle(succeeded: boolean): void {
    const wasOpen = this.isOpen;
    this.failedInARow = succeeded ? 0 : this.failedInARow + 1;
    if (this.isOpen) this.openUntilMs = this.clock.nowMs() + this.limits.restMs;
    if (this.isOpen !== wasOpen) this.onChange(this.isOpen);
  }
}
