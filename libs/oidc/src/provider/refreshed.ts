import type { Clock } from '@gatehouse/kernel';

export interface RefreshedOptions<T> {
  readonly load: () => Promise<T>;
  readonly clock: Clock;
  /** How long a value is taken without asking again. */
  readonly freshMs: number;
  /** How long one is still taken while asking again fails. */
  readonly keepMs: number;
  /** Least time between a successful load and one that {@link Refreshed.renew} asks for. */
  readonly cooldownMs: number;
  /** Least time between a failed load and the next one. */
  readonly retryMs: number;
  /** Told of each failed load beside which an older value is still taken. */
  readonly onKept: () => void;
}

/** A value fetched from elsewhere when somebody needs it: one load at a time, never in a rush. */
export class Refreshed<T> {
  private kept: { readonly value: T; readonly atMs: number } | undefined;
  private failure: { readonly error: unknown; readonly atMs: number } | undefined;
  private loading: Promise<T> | undefined;

  constructor(private readonly options: RefreshedOptions<T>) {}

  /** @throws what the load threw, once there is no value young enough. */
  async get(): Promise<T> {
    if (this.kept && this.age(this.kept) < this.options.freshMs) return this.kept.value;
    try {
      return await this.load();
    } catch (error) {
      if (this.kept && this.age(this.kept) < this.options.keepMs) return this.kept.value;
      throw error;
    }
  }

  /** A value asked for anew, for whoever misses something in the old one; within the cooldown the old one. */
  async renew(): Promise<T> {
    if (this.kept && this.age(this.kept) < this.options.cooldownMs) return this.kept.value;
    return this.load();
  }

  private load(): Promise<T> {
    if (this.loading) return this.loading;
    if (this.failure && this.age(this.failure) < this.options.retryMs)
      return Promise.reject(this.failure.error as Error);
    this.loading = this.attempt().finally(() => (this.loading = undefined));
    return this.loading;
  }

  private async attempt(): Promise<T> {
    try {
      const value = await this.options.load();
      this.kept = { value, atMs: this.options.clock.nowMs() };
      this.failure = undefined;
      return value;
    } catch (error) {
      this.failure = { error, atMs: this.options.clock.nowMs() };
      if (this.kept) this.options.onKept();
      throw error;
    }
  }

  /** A clock that was set back makes nothing young again. */
  private age({ atMs }: { readonly atMs: number }): number {
    const ageMs = this.options.clock.nowMs() - atMs;
    return ageMs < 0 ? Infinity : ageMs;
  }
}
