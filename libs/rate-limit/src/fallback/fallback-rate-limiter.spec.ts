import { SessionStoreUnavailable } from '@gatehouse/failures';
import { FakeClock } from '@gatehouse/kernel/testing';
import fc from 'fast-check';
import type { GrowingDelay, Limit, Verdict } from '../limit.js';
import { MemoryRateLimiter } from '../memory/index.js';
import { RateLimiter } from '../rate-limiter.port.js';
import { describeRateLimiter } from '../testing/index.js';
import { FallbackRateLimiter } from './index.js';

/** A server that can be taken away, and can lose what it knew. */
class Server extends RateLimiter {
  away = false;
  asked = 0;
  private counts: MemoryRateLimiter;

  constructor(private readonly clock: FakeClock) {
    super();
    this.counts = new MemoryRateLimiter(clock);
  }

  lose(): void {
    this.counts = new MemoryRateLimiter(this.clock);
  }
  override async take(group: string, limits: readonly Limit[]): Promise<Verdict> {
    return (await this.reached()).take(group, limits);
  }
  override async withdraw(group: string, delay: GrowingDelay, mark: string): Promise<void> {
    await (await this.reached()).withdraw(group, delay, mark);
  }
  override async forgive(group: string, delay: GrowingDelay): Promise<void> {
    await (await this.reached()).forgive(group, delay);
  }
  private async reached(): Promise<MemoryRateLimiter> {
    this.asked++;
    await Promise.resolve();
    if (this.away) throw new SessionStoreUnavailable('away');
    return this.counts;
  }
}

function someInstances(count: number, pauseMs = 1_000) {
  const clock = new FakeClock();
  const server = new Server(clock);
  const heard: string[] = [];
  const instances = Array.from(
    { length: count },
    () =>
      new FallbackRateLimiter(server, new MemoryRateLimiter(clock), clock, {
        pauseMs,
        random: () => 0.5,
        onStatus: (status) => heard.push(status),
      }),
  );
  return { clock, server, instances, heard };
}

const WINDOW_MS = 60_000;
const limitOf = (limit: number): Limit[] => [
  { kind: 'sliding-window', policy: 'p', key: 'k', limit, windowMs: WINDOW_MS },
];

describe.each([
  ['whose server is there', false],
  ['whose server is away', true],
])('an instance %s', (name, away) => {
  describeRateLimiter(`an instance ${name}`, async () => {
    const { clock, server, instances } = someInstances(1);
    server.away = away;
    return { limiter: instances[0]!, elapse: async (ms) => clock.advance(ms), spanMs: 60_000 };
  });
});

describe('while the server is away', () => {
  it('each instance counts by itself, and what it admitted before counts as well (I10)', async () => {
    const { server, instances } = someInstances(2);
    const [one, other] = instances;
    for (let i = 0; i < 3; i++) await one!.take('g', limitOf(3));
    server.away = true;
    expect((await one!.take('g', limitOf(3))).admitted).toBe(false);
    expect((await other!.take('g', limitOf(3))).admitted).toBe(true);
  });

  it('it is asked by one attempt at a time, after a pause, and by all once it has answered', async () => {
    const { clock, server, instances, heard } = someInstances(1);
    const [instance] = instances;
    const crowd = () => Promise.all(Array.from({ length: 50 }, () => instance!.take('g', limitOf(10_000))));
    server.away = true;
    await instance!.take('g', limitOf(10_000));
    server.asked = 0;
    await crowd();
    expect(server.asked).toBe(0);
    clock.advance(1_000);
    await crowd();
    expect(server.asked).toBe(1);
    clock.advance(1_000);
    server.away = false;
    await crowd();
    expect(server.asked).toBe(2);
    await crowd();
    expect(server.asked).toBe(52);
    expect(heard).toEqual(['own', 'shared']);
  });

  it('a failure counted by one is withdrawn and forgiven there', async () => {
    const { server, instances } = someInstances(1);
    const delay: GrowingDelay = {
      ...{ kind: 'growing-delay', policy: 'd', key: 'k', free: 0 },
      ...{ firstMs: 1_000, maxMs: 9_000, forgetMs: 9_000 },
    };
    const [instance] = instances;
    server.away = true;
    const { marks } = await instance!.take('g', [delay]);
    await instance!.withdraw('g', delay, marks[0]!);
    expect((await instance!.take('g', [delay])).admitted).toBe(true);
    await instance!.forgive('g', delay);
    expect((await instance!.take('g', [delay])).admitted).toBe(true);
  });

  it('a fault of our own is not taken for an outage, before and after one', async () => {
    const { clock, server, instances } = someInstances(1);
    const broken = jest.spyOn(server, 'take').mockRejectedValue(new TypeError('bug'));
    await expect(instances[0]!.take('g', limitOf(3))).rejects.toThrow(TypeError);
    broken.mockRestore();
    server.away = true;
    await instances[0]!.take('g', limitOf(3));
    clock.advance(2_000);
    jest.spyOn(server, 'take').mockRejectedValueOnce(new TypeError('bug'));
    await expect(instances[0]!.take('g', limitOf(3))).rejects.toThrow(TypeError);
    server.away = false;
    server.asked = 0;
    await instances[0]!.take('g', limitOf(3));
    expect(server.asked).toBe(1);
  });
});

it('never admits more than the limit, or n times the limit around an outage, in any window (I10)', async () => {
  const step = fc.record({
    instance: fc.nat(2),
    burst: fc.integer({ min: 1, max: 6 }),
    pauseMs: fc.constantFrom(0, 500, 1_300, 20_000, 59_999, 60_000),
    event: fc.constantFrom('none', 'none', 'none', 'away', 'back', 'back-empty'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), async (steps, limit) => {
      const { clock, server, instances } = someInstances(3);
      const admittedAtMs: number[] = [];
      let everAway = false;
      for (const { instance, burst, pauseMs, event } of steps) {
        clock.advance(pauseMs);
        if (event === 'away') server.away = everAway = true;
        if (event.startsWith('back')) server.away = false;
        if (event === 'back-empty') {
          server.lose();
          everAway = true;
        }
        const verdicts = await Promise.all(
          Array.from({ length: burst }, (_, n) => instances[(instance + n) % 3]!.take('g', limitOf(limit))),
        );
        admittedAtMs.push(...verdicts.filter((verdict) => verdict.admitted).map(() => clock.nowMs()));
      }
      const most = everAway ? limit * 3 : limit;
      for (const from of admittedAtMs) {
        const within = admittedAtMs.filter((atMs) => atMs >= from && atMs < from + WINDOW_MS);
        expect(within.length).toBeLessThanOrEqual(most);
      }
    }),
    { numRuns: 300 },
  );
});
