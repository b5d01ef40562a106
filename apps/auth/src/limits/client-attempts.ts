import type { RateLimiter } from '@gatehouse/rate-limit';
import type { LimitPolicies } from './limit-policies.js';
import type { Admission, Charge } from './password-attempts.js';

/** A request at a route where services say who they are. */
export interface ClientAttempt {
  /** Who it says it is; unchecked. */
  readonly clientId: string | undefined;
  readonly network: string;
  /** Whether it can be a wrong guess at the client's secret, which puts off the next. */
  readonly isGuess: boolean;
}

/** Of which client, from where: what is charged, and what is taken back. */
export interface ClientCharge extends Charge {
  readonly group: string;
}

/**
 * Limits what is asked in the name of a client. Counted by client and network together: ids of clients are no secret, and whoever knows
 * one must not use up what the service itself needs where it runs.
 */
export class ClientAttempts {
  /** @param enabled - whether anything is limited at all */
  constructor(
    private readonly limiter: RateLimiter,
    private readonly policies: LimitPolicies,
    private readonly enabled: boolean,
  ) {}

  /** @returns `undefined` where nothing is limited. */
  async admit({ clientId, network, isGuess }: ClientAttempt): Promise<Admission<ClientCharge> | undefined> {
    if (!this.enabled) return undefined;
    const who = JSON.stringify([clientId ?? null, network]);
    const window = this.policies.client(who);
    // What names nobody guesses at nobody's secret.
    const delay = isGuess && clientId !== undefined ? this.policies.clientDelay(who) : undefined;
    // Nobody else is concerned by these: on a cluster each pair may lie where it likes.
    const group = `client:${who}`;
    const verdict = await this.limiter.take(group, delay ? [window, delay] : [window]);
    const mark = verdict.marks.at(-1);
    return { verdict, charge: delay && mark !== undefined ? { group, delay, mark } : undefined };
  }

  /** It is who it says: what wrong guesses put off is over. */
  async passed({ group, delay }: ClientCharge): Promise<void> {
    await this.limiter.forgive(group, delay);
  }

  /** It was no wrong guess: refused for another reason, or never looked at. */
  async withdraw({ group, delay, mark }: ClientCharge): Promise<void> {
    await this.limiter.withdraw(group, delay, mark);
  }
}
