import { AuthReadiness, type ReadinessParts } from './auth-readiness.js';

const away = () => Promise.reject(new Error('away'));
const silent = () => new Promise<void>(() => undefined);
const there = () => Promise.resolve();
const key = {} as ReturnType<ReadinessParts['keys']['active']>;
const feed = (found: { admitted: boolean; hasCaughtUp: boolean }): ReadinessParts['feed'] => ({
  admitted: () => found.admitted,
  hasCaughtUp: () => found.hasCaughtUp,
  status: () => ({}),
});
const begins = { feed: feed({ admitted: false, hasCaughtUp: false }), holdsList: () => false };

function probe(given: Partial<ReadinessParts> = {}): AuthReadiness {
  return new AuthReadiness({
    sessions: { checkReadWrite: there },
    redis: () => ({ connected: true, pool: { total: 1, idle: 1, waiting: 0 } }),
    checkDatabase: there,
    keys: { active: () => key, version: 3 },
    feed: { admitted: () => true, hasCaughtUp: () => true, status: () => ({ epoch: 'e' }) },
    holdsList: () => true,
    sessionLedger: () => ({ waiting: 2, oldestMs: 40, dropped: 0, reachable: true }),
    requiresRedis: false,
    ...given,
  });
}

describe('readiness', () => {
  it('tells what each dependency is found to be', async () => {
    expect(await probe().check()).toEqual({
      status: 'ready',
      checks: {
        redis: {
          connectivity: true,
          read_write: true,
          pool: { total: 1, idle: 1, waiting: 0 },
          latency_ms: expect.any(Number) as number,
        },
        mysql: { connectivity: true, latency_ms: expect.any(Number) as number },
        keys: { active: true, version: 3 },
        feed: { admitted: true, epoch: 'e' },
        session_ledger: { reachable: true, waiting: 2, oldest_ms: 40 },
      },
    });
  });

  it.each([
    ['Redis is away', { sessions: { checkReadWrite: away } }],
    ['the database is away', { checkDatabase: away }],
    ['the revocations are being told again', { feed: feed({ admitted: false, hasCaughtUp: true }) }],
    ['Redis has been away since the start', { ...begins, sessions: { checkReadWrite: away } }],
  ])('is degraded, and goes on, while %s', async (_what, given) => {
    expect((await probe(given).check()).status).toBe('degraded');
  });

  it.each([
    ['Redis and the database are away', { sessions: { checkReadWrite: away }, checkDatabase: away }],
    ['there is no key to sign with', { keys: { active: () => undefined, version: 0 } }],
    ['it has not caught up with the feed yet', { feed: feed({ admitted: false, hasCaughtUp: false }) }],
    ['it has not read what has ended yet', { holdsList: () => false }],
    ['Redis is away and required', { sessions: { checkReadWrite: away }, requiresRedis: true }],
  ])('is not given while %s', async (_what, given) => {
    expect((await probe(given).check()).status).toBe('not-ready');
  });

  it('does not wait for a dependency that says nothing', async () => {
    const startedMs = performance.now();
    const { status } = await probe({ sessions: { checkReadWrite: silent }, checkDatabase: silent }).check();
    expect(status).toBe('not-ready');
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});
