import { TokenCache } from './token-cache.js';
import type { VerifiedAccessToken } from './claims.js';

const verified = (name: string) => ({ name }) as unknown as VerifiedAccessToken;
const token = (i: number) => `header.payload${i}.${String(i).padStart(86, 's')}`;

describe('the cache of verified tokens', () => {
  it('gives back what was put in, and nothing else', () => {
    const cache = new TokenCache(1_000_000);
    cache.add(token(1), verified('one'));
    expect(cache.find(token(1))).toEqual(verified('one'));
    expect(cache.find(token(2))).toBeUndefined();
  });

  it('never takes a token for another with the same last characters', () => {
    const cache = new TokenCache(1_000_000);
    const [real, forged] = ['a.b.', 'a.c.'].map((head) => head + 's'.repeat(86)) as [string, string];
    cache.add(real, verified('real'));
    expect(cache.find(forged)).toBeUndefined();
    cache.add(forged, verified('other'));
    expect(cache.find(real)).toBeUndefined();
    expect(cache.find(forged)).toEqual(verified('other'));
  });

  it('stays within its bytes and keeps what is in use', () => {
    const maxBytes = 200_000;
    const cache = new TokenCache(maxBytes);
    cache.add(token(0), verified('busy'));
    for (let i = 1; i <= 10_000; i++) {
      cache.add(token(i), verified(String(i)));
      if (i % 10 === 0) expect(cache.find(token(0))).toEqual(verified('busy'));
    }
    expect(cache.size * (token(0).length + 1_100)).toBeLessThanOrEqual(maxBytes);
    expect(cache.size).toBeGreaterThan(50);
    expect(cache.find(token(1))).toBeUndefined();
  });

  it('keeps nothing when told so, and forgets all when told so', () => {
    const none = new TokenCache(0);
    none.add(token(1), verified('one'));
    expect(none.size).toBe(0);
    const some = new TokenCache(1_000_000);
    some.add(token(1), verified('one'));
    some.clear();
    expect(some.find(token(1))).toBeUndefined();
  });
});
