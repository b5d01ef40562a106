import { FakeClock } from '@gatehouse/kernel/testing';
import { MemoryRateLimiter } from '@gatehouse/rate-limit/memory';
import { ClientAttempts } from './client-attempts.js';
import { limitPolicies } from './limit-policies.js';

describe('attempts in the name of a client', () => {
  const NETWORK = '192.0.2.1';
  function someAttempts() {
    const clock = new FakeClock();
    const policies = limitPolicies({
      signInPerMinute: 10,
      pairPerHour: 60,
      apiPerMinute: 600,
      clientPerMinute: 1_000,
      freeFailures: 2,
      maxDelayMs: 900_000,
    });
    const attempts = new ClientAttempts(new MemoryRateLimiter(clock), policies, true, clock);
    const admit = async (secret: string) => {
      const admitted = await attempts.admit({ clientId: 'svc_1', network: NETWORK, secret });
      if (!admitted) throw new Error('limits are switched off');
      return admitted;
    };
    let guesses = 0;
    /** Another wrong one. @returns how long it was told to wait, in ms; 0 when it was admitted. */
    const guess = async () => {
      const { verdict, settle } = await admit(`guess ${++guesses}`);
      if (verdict.admitted) await settle('wrong');
      return verdict.waitMs;
    };
    return { clock, attempts, admit, guess };
  }

  it('wait twice as long each time, up to a minute, and start anew after ten quiet ones', async () => {
    const { clock, guess } = someAttempts();
    const waits = [];
    for (let n = 0; n < 15; n++) {
      const waitMs = await guess();
      waits.push(waitMs / 1000);
      clock.advance(waitMs);
      if (waitMs > 0) expect(await guess()).toBe(0);
    }
    expect(waits).toEqual([0, 0, 0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
    clock.advance(60_000 + 600_000);
    expect(await guess()).toBe(0);
    expect(await guess()).toBe(0);
  });

  it('with one secret at one time are one guess', async () => {
    const { admit, guess } = someAttempts();
    const alike = await Promise.all(Array.from({ length: 50 }, () => admit('yesterday’s')));
    expect(alike.every(({ verdict }) => verdict.admitted)).toBe(true);
    await Promise.all(alike.map(({ settle }) => settle('wrong')));
    for (let n = 0; n < 5; n++) expect(await guess()).toBe(0);
    expect(await guess()).toBe(1_000);
  });

  it('that come with a refused one are refused as well, and leave nothing behind', async () => {
    const { clock, admit, guess } = someAttempts();
    for (let n = 0; n < 6; n++) await guess();
    const alike = await Promise.all(Array.from({ length: 10 }, () => admit('the right one')));
    expect(alike.map(({ verdict }) => verdict.admitted)).toEqual(Array(10).fill(false));
    clock.advance(1_000);
    const { verdict, settle } = await admit('the right one');
    expect(verdict.admitted).toBe(true);
    await settle('proven');
    // What wrong ones had put off is over.
    for (let n = 0; n < 6; n++) expect(await guess()).toBe(0);
  });

  it('with a secret that was right are no guesses for an hour, for this client and network alone', async () => {
    const { clock, attempts, admit, guess } = someAttempts();
    await (await admit('right')).settle('proven');
    for (let n = 0; n < 6; n++) await guess();
    expect((await admit('right')).verdict.admitted).toBe(true);
    expect((await admit('right ')).verdict.admitted).toBe(false);
    const elsewhere = { clientId: 'svc_2', network: NETWORK, secret: 'right' };
    for (let n = 0; n < 6; n++) await (await attempts.admit({ ...elsewhere, secret: `${n}` }))!.settle('wrong');
    expect((await attempts.admit(elsewhere))!.verdict.admitted).toBe(false);
    clock.advance(3_600_000);
    for (let n = 0; n < 6; n++) await guess();
    expect((await admit('right')).verdict.admitted).toBe(false);
  });

  it('that were never looked at put off nothing', async () => {
    const { admit, guess } = someAttempts();
    for (let n = 0; n < 20; n++) await (await admit(`unread ${n}`)).settle('neither');
    for (let n = 0; n < 6; n++) expect(await guess()).toBe(0);
    expect(await guess()).toBe(1_000);
  });

  it('remember no more secrets than they may, and none as it is', async () => {
    const { attempts, admit } = someAttempts();
    const named = (n: number) => ({ clientId: `svc_${n}`, network: NETWORK, secret: `secret ${n}` });
    for (let n = 0; n < 10_050; n++) await (await attempts.admit(named(n)))!.settle('proven');
    await (await admit('secret of one')).settle('proven');
    const kept = (attempts as unknown as { proven: Map<string, number> }).proven;
    expect(kept.size).toBe(10_000);
    expect([...kept.keys()].join()).not.toContain('secret');
  });
});
