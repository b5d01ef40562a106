import { FakeClock } from '@gatehouse/kernel/testing';
import { CircuitBreaker } from './circuit-breaker.js';

const LIMITS = { failures: 3, restMs: 30_000 };
const fail = async () => Promise.reject(new Error('down'));

describe('a circuit breaker', () => {
  const clock = new FakeClock();
  let told: boolean[];
  let breaker: CircuitBreaker;
  beforeEach(() => {
    told = [];
    breaker = new CircuitBreaker(LIMITS, clock, (isOpen) => told.push(isOpen));
  });

  it('asks nobody after some failures in a row, and says so once', async () => {
    const call = jest.fn(fail);
    for (let n = 0; n < 10; n++) await expect(breaker.run(call)).resolves.toBeUndefined();
    expect(call).toHaveBeenCalledTimes(3);
    expect(told).toEqual([true]);
  });

  it('takes a success in between for health', async () => {
    for (let n = 0; n < 5; n++) {
      await breaker.run(fail);
      await breaker.run(fail);
      await expect(breaker.run(async () => n)).resolves.toBe(n);
    }
    expect(told).toEqual([]);
  });

  it('lets one of many try again after a rest, and all once that has gone well', async () => {
    for (let n = 0; n < 3; n++) await breaker.run(fail);
    clock.advance(LIMITS.restMs);
    let end: (value: string) => void = () => undefined;
    const probe = breaker.run(() => new Promise<string>((resolve) => (end = resolve)));
    const others = jest.fn(async () => 'other');
    await Promise.all([breaker.run(others), breaker.run(others)]);
    expect(others).not.toHaveBeenCalled();
    end('well');
    await expect(probe).resolves.toBe('well');
    await expect(breaker.run(others)).resolves.toBe('other');
    expect(told).toEqual([true, false]);
  });

  it('rests again when the one that tries fails', async () => {
    for (let n = 0; n < 3; n++) await breaker.run(fail);
    clock.advance(LIMITS.restMs);
    await breaker.run(fail);
    const call = jest.fn(fail);
    await breaker.run(call);
    clock.advance(LIMITS.restMs - 1);
    await breaker.run(call);
    expect(call).not.toHaveBeenCalled();
    clock.advance(1);
    await breaker.run(call);
    expect(call).toHaveBeenCalledTimes(1);
  });
});
