import { exitCode, faultsOf, standing } from './harness/judge.mjs';
import { measureInRounds, percentile, ratio } from './harness/rounds.mjs';

const steady = { median: 1 };
const piece = (more = {}) => ({ faults: [], figures: [{ what: 'x', value: 1, must: 1 }], ...more });

describe('rounds', () => {
  const recorded = async (options) => {
    const order = [];
    const contender = (name) => () => order.push(name);
    const all = await measureInRounds({ a: contender('a'), b: contender('b') }, options);
    return { order: order.join(''), all };
  };

  it('take turns in who is first', async () => {
    expect((await recorded({ rounds: 4 })).order).toBe('abbabaab');
  });

  it('go on with who is first where an earlier call stopped', async () => {
    const orders = [];
    for (let from = 0; from < 4; from++) orders.push((await recorded({ rounds: 1, from })).order);
    expect(orders.join('')).toBe('abbabaab');
  });

  it('measure each contender twice in one round when mirrored, and keep the mean', async () => {
    const { order, all } = await recorded({ rounds: 2, mirrored: true });
    expect(order).toBe('abbabaab');
    // Each call returns how many calls there were: 1 and 4, 2 and 3.
    expect(all[0]).toEqual({ a: 2.5, b: 2.5 });
  });

  it('begin no further one after the deadline', async () => {
    expect((await recorded({ rounds: 3, deadlineMs: performance.now() - 1 })).all).toEqual([]);
  });

  it('give the median of the ratios within each of them, not the ratio of medians', () => {
    const rounds = [
      { a: 1, b: 1 },
      { a: 10, b: 5 },
      { a: 90, b: 30 },
    ];
    expect(ratio(rounds, 'a', 'b')).toEqual({ median: 2, lowest: 1, highest: 3 });
  });
});

it('the p99 of few values is the slowest of them', () => {
  expect(percentile([5, 1, 9], 0.99)).toBe(9);
});

describe('a figure', () => {
  it.each([
    [{ value: 0.9, must: 0.85, goal: 0.97, better: 'higher' }, 'met'],
    [{ value: 0.98, must: 0.85, goal: 0.97, better: 'higher' }, 'goal'],
    [{ value: 0.84, must: 0.85, goal: 0.97, better: 'higher' }, 'missed'],
    [{ value: 1.1, must: 1.15, goal: 1.05 }, 'met'],
    [{ value: 1.2, must: 1.15, goal: 1.05 }, 'missed'],
    [{ value: 0, must: 0 }, 'met'],
    [{ value: Number.NaN, must: 3 }, 'missed'],
    [{ value: 7 }, 'told'],
  ])('%o is %s', (figure, expected) => {
    expect(standing(figure)).toBe(expected);
  });
});

describe('a run', () => {
  it('does not count when a control is off', () => {
    const faults = faultsOf([{ of: 'http', ratio: { median: 1.06 }, rounds: 8 }]);
    expect(faults).toEqual(['http: the control came to 1.06, outside 0.95 to 1.05']);
    expect(exitCode({ quick: false, pieces: { http: piece({ faults }) } })).toBe(1);
  });

  it('does not count with fewer than eight rounds', () => {
    expect(faultsOf([{ of: 'http', ratio: steady, rounds: 7 }])).toEqual(['http: 7 rounds, 8 are needed']);
    expect(faultsOf([{ of: 'http', ratio: steady, rounds: 8 }])).toEqual([]);
  });

  it('does not count when the load generator was the bottleneck', () => {
    const faults = faultsOf([{ of: 'http', ratio: steady, rounds: 8, generatorBusy: 0.97 }]);
    expect(faults).toEqual(['http: the load generator was the bottleneck']);
  });

  it('ends with 2 when it counts and misses a promise', () => {
    const missed = piece({ figures: [{ what: 'x', value: 2, must: 1 }] });
    expect(exitCode({ quick: false, pieces: { missed, good: piece() } })).toBe(2);
  });

  it('that is quick ends with 1 only when a piece failed', () => {
    const off = piece({ faults: ['off'], figures: [{ what: 'x', value: 2, must: 1 }] });
    expect(exitCode({ quick: true, pieces: { off } })).toBe(0);
    expect(exitCode({ quick: true, pieces: { off, failed: piece({ error: 'x' }) } })).toBe(1);
  });
});
