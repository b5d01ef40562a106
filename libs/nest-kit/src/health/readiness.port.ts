/** What `/ready` tells. */
export interface Readiness {
  /** `degraded` still takes traffic: something is away, the rest works. */
  readonly status: 'ready' | 'degraded' | 'not-ready';
  /** By dependency: what was found. No addresses, no credentials. */
  readonly checks: Readonly<Record<string, unknown>>;
}

/** Asks the service's dependencies. Must answer within a second whatever state they are in, and never throws. */
export abstract class ReadinessProbe {
  abstract check(): Promise<Readiness>;
}
