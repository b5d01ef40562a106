import { createHmac, randomBytes } from 'node:crypto';
import type { Clock } from '@gatehouse/kernel';
import type { GrowingDelay, RateLimiter, Verdict } from '@gatehouse/rate-limit';
import type { LimitPolicies } from './limit-policies.js';

/** A request at a route where services say who they are. */
export interface ClientAttempt {
  /** Who it says it is; unchecked. `undefined` where it names nobody. */
  readonly clientId: string | undefined;
  readonly network: string;
  /** What it presents as the client's secret. `undefined` where it presents none, or proves itself in another way. */
  readonly secret: string | undefined;
}

/** How an attempt ended: it is who it says, it is not, or that was never found out. */
export type ClientOutcome = 'proven' | 'wrong' | 'neither';

export interface AdmittedClient {
  readonly verdict: Verdict;
  /** To be told once of every attempt that was admitted, before its answer goes out. */
  readonly settle: (outcome: ClientOutcome) => Promise<void>;
}

/** Longer than a token lives, for which a service that asks once in its life comes back. */
const PROVEN_FOR_MS = 3_600_000;
/** Secrets remembered at a time; those proven longest ago go first. */
const MAX_PROVEN = 10_000;

/**
 * Limits what is asked in the name of a client. Counted by client and network together: ids of clients are no secret, and whoever knows
 * one must not use up what the service itself needs where it runs.
 *
 * Wrong secrets put off the next, as wrong passwords do. Other than people, services come many at a time: a secret this instance found right
 * lately is no guess, and neither is one that is being looked at; so nobody else's mistakes put them off.
 */
export class ClientAttempts {
  private readonly key = randomBytes(32);
  /** Until when each is taken for right without being charged. It is checked all the same. */
  private readonly proven = new Map<string, number>();
  /** What became of the request that was the first to present each. */
  private readonly beingLookedAt = new Map<string, Promise<Verdict>>();

  /** @param enabled - whether anything is limited at all */
  constructor(
    private readonly limiter: RateLimiter,
    private readonly policies: LimitPolicies,
    private readonly enabled: boolean,
    private readonly clock: Clock,
  ) {}

  /** @returns `undefined` where nothing is limited. */
  async admit(attempt: ClientAttempt): Promise<AdmittedClient | undefined> {
    const { clientId, network, secret } = attempt;
    if (!this.enabled) return undefined;
    const who = JSON.stringify([clientId ?? null, network]);
    if (clientId === undefined || secret === undefined) return this.uncharged(who);
    const credential = createHmac('sha256', this.key)
      .update(JSON.stringify([who, secret]))
      .digest('base64');
    if (this.isProven(credential)) return this.uncharged(who, credential);
    const looking = this.beingLookedAt.get(credential);
    if (!looking) return this.guess(who, credential);
    const first = await looking;
    // Refused with it: else a delay would hold up only every other guess.
    if (!first.admitted) return { verdict: first, settle: async () => undefined };
    // Settled meanwhile, perhaps: then it is known by now, or was wrong and counts anew.
    return this.beingLookedAt.has(credential) ? this.uncharged(who, credential) : this.admit(attempt);
  }

  private async guess(who: string, credential: string): Promise<AdmittedClient> {
    const delay = this.policies.clientDelay(who);
    const verdictToBe = this.limiter.take(groupOf(who), [this.policies.client(who), delay]);
    this.beingLookedAt.set(credential, verdictToBe);
    const isOver = () => void this.beingLookedAt.delete(credential);
    const verdict = await verdictToBe.catch((error: unknown) => {
      isOver();
      throw error;
    });
    if (!verdict.admitted) isOver();
    const settle = async (outcome: ClientOutcome) => {
      try {
        await this.settleGuess(who, delay, verdict.marks.at(-1), outcome);
      } finally {
        this.note(credential, outcome);
        isOver();
      }
    };
    return { verdict, settle };
  }

  private async settleGuess(who: string, delay: GrowingDelay, mark: string | undefined, outcome: ClientOutcome) {
    if (outcome === 'proven') await this.limiter.forgive(groupOf(who), delay);
    else if (outcome === 'neither' && mark !== undefined) await this.limiter.withdraw(groupOf(who), delay, mark);
  }

  private async uncharged(who: string, credential?: string): Promise<AdmittedClient> {
    const verdict = await this.limiter.take(groupOf(who), [this.policies.client(who)]);
    return {
      verdict,
      settle: async (outcome) => {
        if (credential !== undefined) this.note(credential, outcome);
      },
    };
  }

  private isProven(credential: string): boolean {
    return (this.proven.get(credential) ?? 0) > this.clock.nowMs();
  }

  private note(credential: string, outcome: ClientOutcome): void {
    if (outcome === 'neither') return;
    // Taken out and put in again, so that the first is the one proven longest ago.
    this.proven.delete(credential);
    if (outcome === 'wrong') return;
    this.proven.set(credential, this.clock.nowMs() + PROVEN_FOR_MS);
    const [oldest] = this.proven.keys();
    if (this.proven.size > MAX_PROVEN && oldest !== undefined) this.proven.delete(oldest);
  }
}

/** Nobody else is concerned by the limits of a client in a network: on a cluster each pair may lie where it likes. */
function groupOf(who: string): string {
  return `client:${who}`;
}
