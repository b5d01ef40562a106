import { FakeClock } from '@gatehouse/kernel/testing';
import type { SlidingWindow } from '@gatehouse/rate-limit';
import { MemoryRateLimiter } from '@gatehouse/rate-limit/memory';
import { canonicalEmail } from '../users/email-address.js';
import { type Acquaintance, Acquaintances, type Knock } from './acquaintances.port.js';
import { limitPolicies } from './limit-policies.js';
import { PasswordAttempts, type PasswordAttempt } from './password-attempts.js';

const ADA = 'ada@example.test';
const ADAS_DEVICE = 'd'.repeat(43);
const ADAS_NETWORK = '192.0.2.1';
const FIGURES = {
  signInPerMinute: 10,
  pairPerHour: 60,
  apiPerMinute: 600,
  clientPerMinute: 300,
  freeFailures: 2,
  maxDelayMs: 900_000,
};

class KnowsAda extends Acquaintances {
  asked = 0;
  override async recognise({ account, network, deviceToken }: Knock): Promise<Acquaintance | undefined> {
    this.asked++;
    if (account !== ADA) return undefined;
    if (deviceToken === ADAS_DEVICE) return { kind: 'device', id: 'desk' };
    return network === ADAS_NETWORK ? { kind: 'network' } : undefined;
  }
}

interface From {
  readonly network: string;
  readonly deviceToken?: string;
  readonly email?: string;
  readonly isGuess?: boolean;
}

function someAttempts(figures: Partial<typeof FIGURES> = {}) {
  const clock = new FakeClock();
  const policies = limitPolicies({ ...FIGURES, ...figures });
  const acquaintances = new KnowsAda();
  const attempts = new PasswordAttempts(new MemoryRateLimiter(clock), acquaintances, policies);
  const window = (policy: { policy: string; limit: number; windowMs: number }, key: string): SlidingWindow => ({
    kind: 'sliding-window',
    ...policy,
    key,
  });
  const attempt = ({ network, deviceToken, email = ADA, isGuess = true }: From): PasswordAttempt => ({
    windows: [
      window(policies.signin, network),
      window(policies.account, email),
      window(policies.pair, `${email} ${network}`),
    ],
    account: { email: canonicalEmail(email) },
    network,
    deviceToken,
    isGuess,
  });
  const admit = (from: From) => attempts.admit(attempt(from));
  const isAdmitted = async (from: From) => (await admit(from)).verdict.admitted;
  /** A wrong guess that waits as long as it is told. @returns how long, in seconds. */
  async function guess(from: From): Promise<number> {
    const { verdict } = await admit(from);
    if (verdict.admitted) return 0;
    clock.advance(verdict.waitMs);
    await guess(from);
    return verdict.waitMs / 1000;
  }
  return { clock, attempts, acquaintances, admit, isAdmitted, guess };
}

let strangers = 0;
const aStranger = (): From => ({ network: `198.51.100.${++strangers % 250}-${strangers}` });

describe('wrong passwords for one account', () => {
  it('put off the next, twice as long each time up to the maximum, wherever they come from', async () => {
    const { guess } = someAttempts({ maxDelayMs: 16_000 });
    const waits: number[] = [];
    for (let n = 0; n < 10; n++) waits.push(await guess(aStranger()));
    expect(waits).toEqual([0, 0, 0, 1, 2, 4, 8, 16, 16, 16]);
  });

  it('made side by side wait as well', async () => {
    const { isAdmitted } = someAttempts();
    const admitted = await Promise.all(Array.from({ length: 100 }, () => isAdmitted(aStranger())));
    expect(admitted.filter(Boolean)).toHaveLength(3);
  });

  it('of a hundred networks slow down strangers, not a device of the owner’s, nor a network of theirs (A11)', async () => {
    const { clock, isAdmitted, guess } = someAttempts();
    for (let n = 0; n < 100; n++) await isAdmitted(aStranger());
    for (let n = 0; n < 12; n++) await guess(aStranger());
    expect(await isAdmitted(aStranger())).toBe(false);
    expect(await isAdmitted({ network: '203.0.113.7', deviceToken: ADAS_DEVICE })).toBe(true);
    expect(await isAdmitted({ network: ADAS_NETWORK })).toBe(true);
    // An hour of a botnet later nothing has changed for the owner.
    for (let minute = 0; minute < 60; minute++) {
      clock.advance(60_000);
      await isAdmitted(aStranger());
    }
    expect(await isAdmitted({ network: '203.0.113.8', deviceToken: ADAS_DEVICE })).toBe(true);
  });

  it('from a device’s own network, too many for it, do not keep the device out', async () => {
    const { isAdmitted } = someAttempts({ freeFailures: 100 });
    for (let n = 0; n < 20; n++) await isAdmitted({ network: ADAS_NETWORK, email: 'eve@example.test' });
    expect(await isAdmitted({ network: ADAS_NETWORK, email: 'bob@example.test' })).toBe(false);
    expect(await isAdmitted({ network: ADAS_NETWORK })).toBe(false);
    expect(await isAdmitted({ network: ADAS_NETWORK, deviceToken: ADAS_DEVICE })).toBe(true);
  });

  it('are not free on a device the account knows either: a stolen one guesses no faster', async () => {
    const { clock, isAdmitted } = someAttempts();
    let admitted = 0;
    for (let second = 0; second < 3_600; second++) {
      if (await isAdmitted({ network: '203.0.113.7', deviceToken: ADAS_DEVICE })) admitted++;
      clock.advance(1_000);
    }
    // Two budgets, each doubling up to a quarter of an hour.
    expect(admitted).toBeLessThanOrEqual(2 * 15);
    expect(admitted).toBeGreaterThan(10);
  });

  it('are over once the right one was given, for whoever gave it and for nobody else', async () => {
    const { attempts, admit, isAdmitted } = someAttempts();
    for (let n = 0; n < 5; n++) await isAdmitted(aStranger());
    const owner = await admit({ network: '203.0.113.7', deviceToken: ADAS_DEVICE });
    await attempts.passed(owner.charge!);
    expect(await isAdmitted(aStranger())).toBe(false);
  });

  it('are over once the password was reset', async () => {
    const { attempts, isAdmitted } = someAttempts();
    for (let n = 0; n < 5; n++) await isAdmitted(aStranger());
    await attempts.forgive('ADA@example.TEST');
    expect(await isAdmitted(aStranger())).toBe(true);
  });

  it('are not what was refused for another reason', async () => {
    const { attempts, admit } = someAttempts({ signInPerMinute: 100 });
    for (let n = 0; n < 30; n++) {
      const { verdict, charge } = await admit(aStranger());
      expect(verdict.admitted).toBe(true);
      await attempts.withdraw(charge!);
    }
  });

  it('cannot be hidden among harmless attempts', async () => {
    const { attempts, admit, isAdmitted } = someAttempts({ signInPerMinute: 1_000, freeFailures: 5 });
    for (let n = 0; n < 5; n++) {
      const harmless = await admit(aStranger());
      await isAdmitted(aStranger());
      if (harmless.charge) await attempts.withdraw(harmless.charge);
    }
    expect((await admit(aStranger())).verdict.admitted && (await isAdmitted(aStranger()))).toBe(false);
  });
});

describe('the limits of an account', () => {
  it('say the same of accounts that exist and of those that do not (C15)', async () => {
    const told = async (email: string) => {
      const { clock, admit } = someAttempts();
      const verdicts = [];
      for (let n = 0; n < 40; n++) {
        const { verdict } = await admit({ network: `net-${n}`, email });
        verdicts.push([verdict.admitted, verdict.waitMs, verdict.readings]);
        clock.advance(500);
      }
      return verdicts;
    };
    expect(await told(ADA)).toEqual(await told('nobody@example.test'));
  });

  it('cost no question to the database while there is room, nor for a network that has used up its own', async () => {
    const { acquaintances, isAdmitted } = someAttempts();
    for (let n = 0; n < 10; n++) await isAdmitted({ network: 'one', email: `spray-${n}@example.test` });
    expect(acquaintances.asked).toBe(0);
    for (let n = 0; n < 100; n++) await isAdmitted({ network: 'one', email: `spray-${n}@example.test` });
    expect(acquaintances.asked).toBe(0);
  });

  it('of somebody who is signed in are their own: guesses with a stolen token slow down nobody else', async () => {
    const { attempts, isAdmitted } = someAttempts();
    const withToken = { windows: [], account: { userId: 7 }, network: 'n', deviceToken: undefined, isGuess: true };
    const admitted = [];
    for (let n = 0; n < 5; n++) admitted.push((await attempts.admit(withToken)).verdict.admitted);
    expect(admitted).toEqual([true, true, true, false, false]);
    expect(await isAdmitted(aStranger())).toBe(true);
  });

  it('refuse for as long as they say, all of them together (R9)', async () => {
    const { clock, admit, isAdmitted } = someAttempts({ signInPerMinute: 3, freeFailures: 1 });
    for (let n = 0; n < 6; n++) {
      const from = { network: 'one' };
      const { verdict } = await admit(from);
      if (verdict.admitted) continue;
      clock.advance(verdict.waitMs - 1);
      expect(await isAdmitted(from)).toBe(false);
      clock.advance(1);
      expect(await isAdmitted(from)).toBe(true);
    }
  });
});
