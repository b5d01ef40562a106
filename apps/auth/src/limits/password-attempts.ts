import type { GrowingDelay, RateLimiter, SlidingWindow, Verdict } from '@gatehouse/rate-limit';
import { type CanonicalEmail, canonicalEmail } from '../users/email-address.js';
import type { Acquaintance, Acquaintances, Knock } from './acquaintances.port.js';
import type { LimitPolicies } from './limit-policies.js';

/** An attempt at a password, or at something that costs as much. */
export interface PasswordAttempt {
  /** What counts for anybody. */
  readonly windows: readonly SlidingWindow[];
  /** Whose account: an address for somebody who is not signed in yet, else what stands for the person. */
  readonly account: { readonly email: CanonicalEmail } | { readonly userId: number } | undefined;
  readonly network: string;
  readonly deviceToken: string | undefined;
  /** Whether it can be a wrong guess, which puts off the next. */
  readonly isGuess: boolean;
}

/** What has been charged for an attempt, until it is known how it ended. */
export interface Charge {
  readonly delay: GrowingDelay;
  readonly mark: string;
}

export interface Admission {
  readonly verdict: Verdict;
  /** Set when the attempt was admitted as a guess. */
  readonly charge: Charge | undefined;
}

/** Limits of addresses and of accounts cross, so all are counted in one group. */
const GROUP = 'attempts';

/**
 * Decides whether a password may be looked at. Strangers share what an account grants; a device or a network the account
 * knows has a budget of its own, which no stranger can use up. The growing delay is charged when the attempt begins and taken
 * back when it was no wrong guess, so that guesses made side by side wait as well.
 */
export class PasswordAttempts {
  constructor(
    private readonly limiter: RateLimiter,
    private readonly acquaintances: Acquaintances,
    private readonly policies: LimitPolicies,
  ) {}

  async admit(attempt: PasswordAttempt): Promise<Admission> {
    const { windows, account, isGuess } = attempt;
    const delay = account && isGuess ? this.policies.delay(nameOf(account)) : undefined;
    const asStranger = await this.charge(windows, delay);
    if (asStranger.verdict.admitted || !account || !('email' in account)) return asStranger;

    // Looked up only now: a flood that nobody knows costs no question to the database unless it aims at an account.
    const knock = { account: account.email, network: attempt.network, deviceToken: attempt.deviceToken };
    if (!knock.deviceToken && this.isNetworkSpent(asStranger.verdict)) return asStranger;
    const known = await this.acquaintances.recognise(knock);
    return known ? this.admitKnown(attempt, knock, known) : asStranger;
  }

  /** The password was right: what wrong ones put off is over, for whoever this attempt was charged to. */
  async passed({ delay }: Charge): Promise<void> {
    await this.limiter.forgive(GROUP, delay);
  }

  /** It was no guess at all: refused for another reason, or never looked at. */
  async withdraw({ delay, mark }: Charge): Promise<void> {
    await this.limiter.withdraw(GROUP, delay, mark);
  }

  /** Ends what wrong passwords put off for whoever the account does not know. For a password that has been reset. */
  async forgive(email: string): Promise<void> {
    await this.limiter.forgive(GROUP, this.policies.delay(nameOf({ email: canonicalEmail(email) })));
  }

  private async admitKnown(attempt: PasswordAttempt, knock: Knock, known: Acquaintance): Promise<Admission> {
    const name = JSON.stringify([knock.account, known.kind, known.kind === 'device' ? known.id : knock.network]);
    const own = this.policies.known(name);
    const delay = attempt.isGuess ? this.policies.delay(name) : undefined;
    // A device proves itself with a secret, so not even its own neighbours can keep it out. A network is shared.
    const ofNetwork = attempt.windows.filter(({ policy }) => policy !== this.policies.account.policy);
    return this.charge(known.kind === 'device' ? [own] : [...ofNetwork, own], delay);
  }

  private async charge(windows: readonly SlidingWindow[], delay: GrowingDelay | undefined): Promise<Admission> {
    const verdict = await this.limiter.take(GROUP, delay ? [...windows, delay] : windows);
    const mark = verdict.marks.at(-1);
    return { verdict, charge: delay && mark !== undefined ? { delay, mark } : undefined };
  }

  private isNetworkSpent({ readings }: Verdict): boolean {
    const aboutAccount: readonly string[] = [this.policies.account.policy, 'delay'];
    return readings.some(({ policy, waitMs }) => waitMs > 0 && !aboutAccount.includes(policy));
  }
}

function nameOf(account: NonNullable<PasswordAttempt['account']>): string {
  return 'email' in account ? account.email : JSON.stringify(['user', account.userId]);
}
