import { FakeClock } from '@gatehouse/kernel/testing';
import { silentLogger } from '@gatehouse/observability';
import fc from 'fast-check';
import type { UpstreamSettings } from '../../config/gateway-settings.js';
import { anUpstream } from '../../../test/start-proxy.js';
import { Breaker } from './breaker.js';
import { RetryBudget } from './retry-budget.js';
import type { Target, Verdict } from './target.js';
import { Upstream, type Lease } from './upstream.js';
import { Upstreams } from './upstreams.js';

let clock: FakeClock;
const made: Upstream[] = [];
beforeEach(() => {
  clock = new FakeClock();
});
afterEach(() => Promise.all(made.splice(0).map((upstream) => upstream.destroy())));

function upstreamOf(targets: number, given: Partial<UpstreamSettings> = {}): Upstream {
  const origins = Array.from({ length: targets }, (_, at) => `http://127.0.0.1:${9_000 + at}`);
  const upstream = new Upstream(anUpstream(origins, given), clock, silentLogger);
  made.push(upstream);
  return upstream;
}

function begun(upstream: Upstream, tried?: Set<Target>): Lease {
  const lease = upstream.begin(tried);
  if (typeof lease === 'string') throw new Error(`nobody to ask: ${lease}`);
  return lease;
}

function ask(upstream: Upstream, verdict: Verdict): string {
  const lease = begun(upstream);
  upstream.judge(lease, verdict);
  upstream.release(lease);
  return lease.target.origin;
}

describe('a breaker', () => {
  const settings = { failures: 3, openMs: 1_000 };

  it('opens after so many failures in a row, and only in a row', () => {
    const breaker = new Breaker(settings, clock);
    for (const ok of [false, false, true, false, false]) {
      const round = breaker.begin();
      if (ok) breaker.succeeded(round);
      else breaker.failed(round);
    }
    expect([breaker.state, breaker.admits]).toEqual(['closed', true]);
    breaker.failed(breaker.begin());
    expect([breaker.state, breaker.admits]).toEqual(['open', false]);
  });

  it('lets one try after its time, and the outcome of that one decide', () => {
    const breaker = new Breaker(settings, clock);
    for (let n = 0; n < 3; n += 1) breaker.failed(breaker.begin());
    clock.advance(999);
    expect(breaker.admits).toBe(false);
    clock.advance(1);
    expect([breaker.state, breaker.admits]).toEqual(['half-open', true]);
    const probe = breaker.begin();
    expect(breaker.admits).toBe(false);
    breaker.failed(probe);
    expect(breaker.state).toBe('open');
    clock.advance(1_000);
    breaker.succeeded(breaker.begin());
    expect([breaker.state, breaker.admits]).toEqual(['closed', true]);
  });

  it('is not decided by what began before it opened', () => {
    const breaker = new Breaker(settings, clock);
    const early = breaker.begin();
    for (let n = 0; n < 3; n += 1) breaker.failed(breaker.begin());
    breaker.succeeded(early);
    expect(breaker.state).toBe('open');
    clock.advance(1_000);
    const probe = breaker.begin();
    breaker.failed(early);
    breaker.undecided(early);
    expect(breaker.admits).toBe(false);
    breaker.succeeded(probe);
    expect(breaker.state).toBe('closed');
  });

  it('lets the next one try where a client left in the middle of the trial', () => {
    const breaker = new Breaker(settings, clock);
    for (let n = 0; n < 3; n += 1) breaker.failed(breaker.begin());
    clock.advance(1_000);
    breaker.undecided(breaker.begin());
    expect(breaker.admits).toBe(true);
  });
});

/** What may happen to a breaker, in any order: somebody asks, an outcome becomes known, time passes. */
const happenings = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.constant({ what: 'begin' as const }) },
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constant('end' as const),
        nth: fc.nat(4),
        verdict: fc.constantFrom<Verdict>('bad', 'bad', 'good', 'undecided'),
      }),
    },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('wait' as const), ms: fc.constantFrom(1, 999, 1_000) }) },
  ),
  { minLength: 20, maxLength: 100 },
);

it('a breaker opens by failures in a row alone, tries one at a time, and never stays shut', () => {
  const tell = { good: 'succeeded', bad: 'failed', undecided: 'undecided' } as const;
  fc.assert(
    fc.property(happenings, (all) => {
      const breaker = new Breaker({ failures: 3, openMs: 1_000 }, clock);
      const underWay: { readonly round: number; readonly isTrial: boolean }[] = [];
      let [round, inARow, shutUntilMs] = [breaker.begin(), 0, 0];
      for (const one of all) {
        if (one.what === 'wait') clock.advance(one.ms);
        else if (one.what === 'begin' && breaker.admits) {
          expect(clock.nowMs()).toBeGreaterThanOrEqual(shutUntilMs);
          const isTrial = breaker.state === 'half-open';
          underWay.push({ round: breaker.begin(), isTrial });
          expect(underWay.filter((each) => each.isTrial).length).toBeLessThan(2);
        } else if (one.what === 'end') {
          const [ended] = underWay.splice(one.nth, 1);
          if (!ended) continue;
          const before = breaker.state;
          breaker[tell[one.verdict]](ended.round);
          if (before === 'closed' && ended.round === round) {
            if (one.verdict !== 'undecided') inARow = one.verdict === 'bad' ? inARow + 1 : 0;
            expect(breaker.state).toBe(inARow < 3 ? 'closed' : 'open');
          } else if (!ended.isTrial) expect(breaker.state).toBe(before);
          if (breaker.state === before) continue;
          if (breaker.state === 'open') shutUntilMs = clock.nowMs() + 1_000;
          [round, inARow] = [round + 1, 0];
        }
      }
      for (const { round: theirs } of underWay) breaker.undecided(theirs);
      clock.advance(1_000);
      expect(breaker.admits).toBe(true);
    }),
  );
});

describe('the budget of retries', () => {
  it('never gives more than a fifth of the requests and ten, in whatever order they come', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 300 }), (all) => {
        const budget = new RetryBudget();
        let [requests, retries] = [0, 0];
        for (const isRequest of all) {
          if (!isRequest) retries += Number(budget.take());
          else {
            budget.noteRequest();
            requests += 1;
          }
          expect(retries).toBeLessThanOrEqual(10 + requests / 5 + 1e-9);
        }
      }),
    );
  });

  it('is a fifth of the requests and ten more', () => {
    const budget = new RetryBudget();
    const taken = () => {
      let count = 0;
      while (budget.take()) count += 1;
      return count;
    };
    expect(taken()).toBe(10);
    for (let n = 0; n < 25; n += 1) budget.noteRequest();
    expect(taken()).toBe(5);
    for (let n = 0; n < 10_000; n += 1) budget.noteRequest();
    expect(taken()).toBe(10);
  });
});

describe('choosing a target', () => {
  it('takes turns', () => {
    const upstream = upstreamOf(3, { balance: 'round-robin' });
    const asked = Array.from({ length: 6 }, () => ask(upstream, 'good'));
    expect(new Set(asked.slice(0, 3)).size).toBe(3);
    expect(asked.slice(3)).toEqual(asked.slice(0, 3));
  });

  it('takes the one with the fewest requests under way, and shares ties', () => {
    const upstream = upstreamOf(3);
    const long = begun(upstream);
    const asked = Array.from({ length: 30 }, () => ask(upstream, 'good'));
    expect(asked).not.toContain(long.target.origin);
    expect(new Set(asked).size).toBe(2);
    upstream.release(long);
    expect(new Set(Array.from({ length: 30 }, () => ask(upstream, 'good'))).size).toBe(3);
  });

  it('leaves out who was tried, unless there is no other', () => {
    const upstream = upstreamOf(2);
    const [one, two] = upstream.targets as [Target, Target];
    for (let n = 0; n < 5; n += 1) expect(begun(upstream, new Set([one])).target).toBe(two);
    expect(begun(upstream, new Set([one, two])).target).toBe(one);
  });

  it('leaves out who is ill, and says so when nobody is well', () => {
    const upstream = upstreamOf(2);
    const [one, two] = upstream.targets as [Target, Target];
    one.healthy = false;
    for (let n = 0; n < 5; n += 1) expect(ask(upstream, 'good')).toBe(two.origin);
    two.healthy = false;
    expect(upstream.begin()).toBe('no-target');
  });

  it('lets no more wait than will get their turn', () => {
    const upstream = upstreamOf(1, { maxConnectionsPerTarget: 2 });
    const leases = Array.from({ length: 10 }, () => begun(upstream));
    expect(upstream.begin()).toBe('full');
    upstream.release(leases[0] as Lease);
    begun(upstream);
  });

  it('does not ask whose circuit is open, nor anybody when all are', () => {
    const upstream = upstreamOf(1, { breaker: { failures: 2, openMs: 1_000 } });
    ask(upstream, 'bad');
    ask(upstream, 'bad');
    expect(upstream.begin()).toBe('circuit-open');
    clock.advance(1_000);
    const probe = begun(upstream);
    expect(upstream.begin()).toBe('circuit-open');
    upstream.judge(probe, 'good');
    upstream.release(probe);
    ask(upstream, 'good');
  });
});

describe('a target that fails', () => {
  const ejection = { failures: 3, forMs: 5_000 };
  const failAll = (upstream: Upstream, rounds: number) => {
    for (let n = 0; n < rounds; n += 1) ask(upstream, 'bad');
  };

  it('is left out for a while after failures in a row', () => {
    const upstream = upstreamOf(2, { ejection, balance: 'round-robin' });
    const [ill, well] = upstream.targets as [Target, Target];
    for (let n = 0; n < 6; n += 1) {
      const lease = begun(upstream);
      upstream.judge(lease, lease.target === ill ? 'bad' : 'good');
      upstream.release(lease);
    }
    expect([ill.ejected, well.ejected]).toEqual([true, false]);
    for (let n = 0; n < 5; n += 1) expect(ask(upstream, 'good')).toBe(well.origin);
    clock.advance(5_000);
    expect(new Set([ask(upstream, 'good'), ask(upstream, 'good')]).size).toBe(2);
  });

  it('is never one of more than half', () => {
    for (const [targets, out] of [
      [1, 0],
      [2, 1],
      [3, 1],
      [5, 2],
    ] as const) {
      const upstream = upstreamOf(targets, { ejection });
      failAll(upstream, 100);
      expect(upstream.targets.filter(({ ejected }) => ejected)).toHaveLength(out);
    }
  });
});

describe('a new configuration', () => {
  it('keeps what has not changed, with what is known of it, and swaps the rest', async () => {
    const upstreams = new Upstreams(clock, silentLogger);
    const a = anUpstream(['http://127.0.0.1:9000'], { name: 'a' });
    const b = anUpstream(['http://127.0.0.1:9001'], { name: 'b' });
    upstreams.configure([a, b]);
    const [oldA, oldB] = [upstreams.find('a'), upstreams.find('b')];
    upstreams.configure([
      { ...a, targets: [new URL('http://127.0.0.1:9000')] },
      { ...b, balance: 'round-robin' },
    ]);
    expect(upstreams.find('a')).toBe(oldA);
    expect(upstreams.find('b')).not.toBe(oldB);
    upstreams.configure([b]);
    expect(upstreams.find('a')).toBeUndefined();
    await upstreams.destroy();
  });

  it('that cannot be made leaves the old one in force', async () => {
    const upstreams = new Upstreams(clock, silentLogger);
    const a = anUpstream(['http://127.0.0.1:9000'], { name: 'a' });
    upstreams.configure([a]);
    const before = upstreams.find('a');
    expect(() => upstreams.configure([anUpstream([], { name: 'b', targets: [new URL('ftp://x')] })])).toThrow();
    expect([upstreams.find('a') === before, upstreams.find('b')]).toEqual([true, undefined]);
    await upstreams.destroy();
  });
});
