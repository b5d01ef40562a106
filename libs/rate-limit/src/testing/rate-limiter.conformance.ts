import { randomHex } from '@gatehouse/kernel';
import type { GrowingDelay, SlidingWindow, TokenBucket, Verdict } from '../limit.js';
import type { RateLimiter } from '../rate-limiter.port.js';

export interface LimiterUnderTest {
  readonly limiter: RateLimiter;
  /** Lets this much time pass for whoever counts. */
  readonly elapse: (ms: number) => Promise<void>;
  /** A span that is long enough for its clock to be trusted with, in ms; divisible by 10. */
  readonly spanMs: number;
}

/** What every {@link RateLimiter} promises. */
export function describeRateLimiter(name: string, set: () => Promise<LimiterUnderTest>): void {
  describe(`limits counted in ${name}`, () => {
    let limiter: RateLimiter;
    let elapse: LimiterUnderTest['elapse'];
    let spanMs: number;
    let group: string;
    beforeAll(async () => {
      ({ limiter, elapse, spanMs } = await set());
    });
    beforeEach(() => {
      group = randomHex(8);
    });
    const aWindow = (given: Partial<SlidingWindow> = {}): SlidingWindow => ({
      kind: 'sliding-window',
      policy: 'window',
      key: 'someone',
      limit: 3,
      windowMs: spanMs,
      ...given,
    });
    const aBucket = (given: Partial<TokenBucket> = {}): TokenBucket => ({
      ...aWindow({ policy: 'bucket' }),
      kind: 'token-bucket',
      ...given,
    });
    const aDelay = (given: Partial<GrowingDelay> = {}): GrowingDelay => ({
      kind: 'growing-delay',
      policy: 'delay',
      key: 'someone',
      free: 0,
      firstMs: spanMs,
      maxMs: spanMs * 4,
      forgetMs: spanMs * 10,
      ...given,
    });
    const times = async (count: number, attempt: () => Promise<Verdict>) => {
      const verdicts: Verdict[] = [];
      for (let i = 0; i < count; i++) verdicts.push(await attempt());
      return verdicts;
    };
    const admitted = (verdicts: readonly Verdict[]) => verdicts.map((verdict) => verdict.admitted);

    describe.each([
      ['a sliding window', aWindow],
      ['a token bucket', aBucket],
    ])('%s', (_kind, aLimit: (given?: object) => SlidingWindow | TokenBucket) => {
      it('admits up to the limit, then refuses, and tells what is left', async () => {
        const verdicts = await times(5, () => limiter.take(group, [aLimit()]));
        expect(admitted(verdicts)).toEqual([true, true, true, false, false]);
        expect(verdicts.map(({ tightest }) => tightest!.remaining)).toEqual([2, 1, 0, 0, 0]);
        for (const { tightest } of verdicts) {
          expect(tightest).toMatchObject({ limit: 3, windowMs: spanMs });
          expect(tightest!.resetMs).toBeGreaterThan(0);
          expect(tightest!.resetMs).toBeLessThanOrEqual(spanMs);
        }
      });

      it('admits exactly the limit when all come at once', async () => {
        const all = await Promise.all(Array.from({ length: 50 }, () => limiter.take(group, [aLimit({ limit: 10 })])));
        expect(all.filter((verdict) => verdict.admitted)).toHaveLength(10);
      });

      it('counts by key, by policy and by group', async () => {
        await times(4, () => limiter.take(group, [aLimit()]));
        const others = [
          limiter.take(group, [aLimit({ key: 'other' })]),
          limiter.take(group, [aLimit({ policy: 'other' })]),
          limiter.take(`${group}-other`, [aLimit()]),
        ];
        expect(admitted(await Promise.all(others))).toEqual([true, true, true]);
      });

      it('admits again once the time told has passed, however often it was asked meanwhile (R9)', async () => {
        await times(3, () => limiter.take(group, [aLimit()]));
        const [, , refused] = await times(3, () => limiter.take(group, [aLimit()]));
        expect(refused!.waitMs).toBeGreaterThan(0);
        await elapse(refused!.waitMs);
        expect((await limiter.take(group, [aLimit()])).admitted).toBe(true);
      });

      it('refuses all where nothing is allowed', async () => {
        const verdict = await limiter.take(group, [aLimit({ limit: 0 })]);
        expect(verdict).toMatchObject({ admitted: false, waitMs: spanMs });
      });
    });

    it('a sliding window never exceeds its limit in any span, also across the edge of two', async () => {
      await limiter.take(group, [aWindow()]);
      await elapse(spanMs * 0.6);
      await times(2, () => limiter.take(group, [aWindow()]));
      await elapse(spanMs * 0.6);
      // Only the first has left: a counter that starts anew at fixed edges would admit three.
      expect(admitted(await times(2, () => limiter.take(group, [aWindow()])))).toEqual([true, false]);
    });

    it('a sliding window takes a changed limit for what it now is', async () => {
      await times(3, () => limiter.take(group, [aWindow()]));
      expect((await limiter.take(group, [aWindow({ limit: 2 })])).admitted).toBe(false);
      expect((await limiter.take(group, [aWindow({ limit: 4 })])).admitted).toBe(true);
    });

    it('a token bucket fills evenly, and never beyond its limit', async () => {
      const take = () => limiter.take(group, [aBucket({ limit: 5 })]);
      await times(5, take);
      await elapse(spanMs * 0.5);
      expect(admitted(await times(4, take)).filter(Boolean)).toHaveLength(2);
      await elapse(spanMs * 3);
      expect(admitted(await times(7, take)).filter(Boolean)).toHaveLength(5);
    });

    describe('a growing delay', () => {
      it('doubles with each attempt up to its maximum', async () => {
        const waits: number[] = [];
        for (let i = 0; i < 4; i++) {
          expect((await limiter.take(group, [aDelay()])).admitted).toBe(true);
          const { admitted: again, waitMs } = await limiter.take(group, [aDelay()]);
          expect(again).toBe(false);
          waits.push(waitMs);
          await elapse(waitMs);
        }
        [1, 2, 4, 4].forEach((factor, index) => {
          expect(waits[index]).toBeGreaterThan(spanMs * (factor - 0.5));
          expect(waits[index]).toBeLessThanOrEqual(spanMs * factor);
        });
      });

      it('lets the free attempts through side by side, and not one more', async () => {
        const all = await Promise.all(Array.from({ length: 20 }, () => limiter.take(group, [aDelay({ free: 3 })])));
        // The first that is not free still goes ahead; it is the next that has to wait.
        expect(all.filter((verdict) => verdict.admitted)).toHaveLength(4);
      });

      it('is over once forgiven, and begins anew', async () => {
        await limiter.take(group, [aDelay()]);
        await limiter.forgive(group, aDelay());
        expect((await limiter.take(group, [aDelay()])).admitted).toBe(true);
        expect((await limiter.take(group, [aDelay()])).waitMs).toBeLessThanOrEqual(spanMs);
      });

      it('forgets after it has been quiet', async () => {
        const short = aDelay({ forgetMs: spanMs });
        await limiter.take(group, [short]);
        await elapse(spanMs * 2.2);
        await limiter.take(group, [short]);
        expect((await limiter.take(group, [short])).waitMs).toBeLessThanOrEqual(spanMs);
      });

      it('takes back what a withdrawn attempt put off', async () => {
        const { marks } = await limiter.take(group, [aDelay()]);
        await limiter.withdraw(group, aDelay(), marks[0]!);
        expect((await limiter.take(group, [aDelay()])).admitted).toBe(true);
        expect((await limiter.take(group, [aDelay()])).waitMs).toBeLessThanOrEqual(spanMs);
      });

      it('keeps what other failures put off when one attempt is withdrawn', async () => {
        const delay = aDelay({ free: 1 });
        const harmless = await limiter.take(group, [delay]);
        await limiter.take(group, [delay]);
        await limiter.withdraw(group, delay, harmless.marks[0]!);
        expect((await limiter.take(group, [delay])).admitted).toBe(false);
      });

      it('does not mind a withdrawal of what is gone', async () => {
        await limiter.withdraw(group, aDelay(), '0');
        await limiter.forgive(group, aDelay());
        expect((await limiter.take(group, [aDelay()])).admitted).toBe(true);
      });
    });

    describe('several limits at once', () => {
      it('are charged together or not at all', async () => {
        const used = aWindow({ key: 'used-up', limit: 1 });
        await limiter.take(group, [used]);
        const rest = [aWindow({ key: 'fresh', limit: 2 }), aBucket({ limit: 2 }), aDelay()] as const;
        for (let i = 0; i < 5; i++) {
          const verdict = await limiter.take(group, [...rest, used]);
          expect(verdict).toMatchObject({ admitted: false, marks: [] });
          const left = Object.fromEntries(verdict.readings.map(({ policy, remaining }) => [policy, remaining]));
          expect(left).toMatchObject({ bucket: 2, window: 0 });
        }
        const verdict = await limiter.take(group, rest);
        expect(verdict.admitted).toBe(true);
        expect(verdict.readings.map(({ remaining }) => remaining)).toEqual([1, 1, 0]);
      });

      it('name the tightest, and wait for the one that refuses longest', async () => {
        const wide = aWindow({ policy: 'wide', limit: 9 });
        expect((await limiter.take(group, [wide, aWindow()])).tightest!.policy).toBe('window');
        const long = aWindow({ policy: 'long', limit: 1, windowMs: spanMs * 5 });
        const short = aWindow({ policy: 'short', limit: 1 });
        await limiter.take(group, [long, short]);
        const refused = await limiter.take(group, [wide, short, long]);
        expect(refused.tightest!.policy).toBe('long');
        expect(refused.waitMs).toBeGreaterThan(spanMs * 4);
        expect(refused.readings.map(({ policy }) => policy)).toEqual(['wide', 'short', 'long']);
      });

      it('may be none', async () => {
        expect(await limiter.take(group, [])).toMatchObject({ admitted: true, tightest: undefined, readings: [] });
      });
    });

    it.each([-1, 0.5, Number.NaN, Infinity])('a limit of %d is a fault of ours', async (limit) => {
      await expect(limiter.take(group, [aWindow({ limit })])).rejects.toThrow(RangeError);
    });
  });
}
