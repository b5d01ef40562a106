import { randomBytes } from 'node:crypto';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import { FakeClock } from '@gatehouse/kernel/testing';
import { MemoryIdempotencyStore } from './adapters/memory-idempotency-store.js';
import { AnswerOnce, type OnceRequest } from './answer-once.js';
import { IdempotencyStore } from './idempotency-store.port.js';
import { IdempotencyKeyReused, RequestInProgress, UnusableIdempotencyKey } from './idempotency.errors.js';

class AwayStore extends IdempotencyStore {
  override begin = () => this.away();
  override finish = () => this.away();
  override abandon = () => this.away();
  private async away(): Promise<never> {
    throw new SessionStoreUnavailable('away');
  }
}

describe('a request with an Idempotency-Key', () => {
  let store: MemoryIdempotencyStore;
  let once: AnswerOnce;
  let worked: number;
  const masterKey = randomBytes(32);
  const work = async () => ({ body: { run: ++worked } });
  const aRequest = (given: Partial<OnceRequest> = {}): OnceRequest => ({
    idempotencyKey: 'k-1',
    caller: 'user:7',
    route: 'POST /things',
    parts: { body: { name: 'a' } },
    ...given,
  });

  beforeEach(() => {
    worked = 0;
    store = new MemoryIdempotencyStore(new FakeClock());
    once = new AnswerOnce(store, masterKey);
  });

  it('is worked on once and answered alike ever after', async () => {
    const first = await once.run(aRequest(), work);
    expect(first).toEqual({ body: { run: 1 }, replayed: false });
    expect(await once.run(aRequest(), work)).toEqual({ ...first, replayed: true });
    expect(worked).toBe(1);
  });

  it('is known on every instance that shares store and key', async () => {
    await once.run(aRequest(), work);
    expect((await new AnswerOnce(store, masterKey).run(aRequest(), work)).replayed).toBe(true);
  });

  it.each([
    ['another caller', { caller: 'user:8' }],
    ['another route', { route: 'DELETE /things' }],
    ['another key', { idempotencyKey: 'k-2' }],
  ])('does not get in the way of %s', async (_what, given) => {
    await once.run(aRequest(), work);
    expect(await once.run(aRequest(given), work)).toMatchObject({ body: { run: 2 }, replayed: false });
  });

  it('is refused when the key comes with another body', async () => {
    await once.run(aRequest(), work);
    await expect(once.run(aRequest({ parts: { body: { name: 'b' } } }), work)).rejects.toThrow(IdempotencyKeyReused);
    expect(worked).toBe(1);
  });

  it('has to wait for the first one that is still running', async () => {
    let release = (): void => undefined;
    const slow = once.run(aRequest(), () => new Promise((done) => (release = () => done({ body: 1 }))));
    await expect(once.run(aRequest(), work)).rejects.toThrow(RequestInProgress);
    release();
    await slow;
    expect(await once.run(aRequest(), work)).toEqual({ body: 1, replayed: true });
  });

  it('may be tried again after a failure', async () => {
    const failure = new Error('broken');
    await expect(once.run(aRequest(), () => Promise.reject(failure))).rejects.toBe(failure);
    expect(await once.run(aRequest(), work)).toMatchObject({ body: { run: 1 }, replayed: false });
  });

  it('goes on without a memory while the store is away', async () => {
    const forgetful = new AnswerOnce(new AwayStore(), masterKey);
    await forgetful.run(aRequest(), work);
    expect(await forgetful.run(aRequest(), work)).toMatchObject({ body: { run: 2 }, replayed: false });
  });

  it.each(['', 'a b', 'ä', 'k\n', 'k'.repeat(256)])('is refused with the key %j', async (idempotencyKey) => {
    await expect(once.run(aRequest({ idempotencyKey }), work)).rejects.toThrow(UnusableIdempotencyKey);
  });

  it('leaves nothing in the store that a password could be guessed against', async () => {
    const seen: string[] = [];
    class Watched extends MemoryIdempotencyStore {
      override begin(key: string, fingerprint: string) {
        seen.push(fingerprint);
        return super.begin(key, fingerprint);
      }
    }
    for (const key of [masterKey, randomBytes(32)]) {
      await new AnswerOnce(new Watched(new FakeClock()), key).run(aRequest(), work);
    }
    // The same body has another fingerprint under another key: without the key there is nothing to compare with.
    expect(new Set(seen).size).toBe(2);
  });
});
