import { TokenCache, type Remembered } from './token-cache.js';

interface Named extends Remembered {
  readonly name: string;
}

const remembered = (name: string): Named => ({
  name,
  cachedToken: '',
  cachedTail: 0,
  cachedCredentials: '',
  fetchAhead: () => name,
});
const token = (i: number) => `header.payload${i}.${String(i).padStart(86, 's')}`;
const cacheOf = (maxBytes: number) => new TokenCache<Named>(maxBytes);

describe('the cache of verified tokens', () => {
  it('gives back what was put in, and nothing else', () => {
    const cache = cacheOf(1_000_000);
    const one = remembered('one');
    cache.add(token(1), one);
    expect(cache.find(token(1))).toBe(one);
    expect(cache.find(token(2))).toBeUndefined();
    expect(cache.find('')).toBeUndefined();
    expect(cache.find('short')).toBeUndefined();
  });

  it('never takes a token for another with the same last characters', () => {
    const cache = cacheOf(1_000_000);
    const [real, forged] = ['a.b.', 'a.c.'].map((head) => head + 's'.repeat(86)) as [string, string];
    cache.add(real, remembered('real'));
    expect(cache.find(forged)).toBeUndefined();
    cache.add(forged, remembered('other'));
    expect(cache.find(real)).toBeUndefined();
    expect(cache.find(forged)?.name).toBe('other');
    expect(cache.size).toBe(1);
  });

  it('knows the header value a token came in, the first of them, and no other', () => {
    const cache = cacheOf(1_000_000);
    const one = remembered('one');
    cache.add(token(1), one);
    expect(cache.findCredentials(`Bearer ${token(1)}`)).toBeUndefined();
    cache.keepCredentials(one, token(1), `Bearer ${token(1)}`);
    expect(cache.findCredentials(`Bearer ${token(1)}`)).toBe(one);
    expect(cache.find(token(1))).toBe(one);
    cache.keepCredentials(one, token(1), `bearer ${token(1)}`);
    for (const other of [`bearer ${token(1)}`, `Basic ${token(1)}`, `Bearer  ${token(1)}`, token(1), '']) {
      expect(cache.findCredentials(other)).toBeUndefined();
    }
  });

  it('keeps no header value that does not end in the token', () => {
    const cache = cacheOf(1_000_000);
    const one = remembered('one');
    cache.add(token(1), one);
    cache.keepCredentials(one, token(1), `Bearer ${token(1)} `);
    expect(one.cachedCredentials).toBe('');
  });

  it('keeps what is in use by its header value alone', () => {
    const cache = cacheOf(200_000);
    const busy = remembered('busy');
    cache.add(token(0), busy);
    cache.keepCredentials(busy, token(0), `Bearer ${token(0)}`);
    for (let i = 1; i <= 1_000; i++) {
      cache.add(token(i), remembered(String(i)));
      if (i % 10 === 0) expect(cache.findCredentials(`Bearer ${token(0)}`)).toBe(busy);
    }
  });

  it('finds each of many, those that share a place in the table included', () => {
    const cache = cacheOf(100_000_000);
    const many = Array.from({ length: 5_000 }, (_, i) => token(i));
    for (const one of many) cache.add(one, remembered(one));
    for (const one of many) expect(cache.find(one)?.name).toBe(one);
    expect(cache.size).toBe(5_000);
  });

  it('stays within its bytes and keeps what is in use', () => {
    const maxBytes = 200_000;
    const cache = cacheOf(maxBytes);
    cache.add(token(0), remembered('busy'));
    for (let i = 1; i <= 10_000; i++) {
      cache.add(token(i), remembered(String(i)));
      if (i % 10 === 0) expect(cache.find(token(0))?.name).toBe('busy');
    }
    expect(cache.size * (token(0).length + 1_100)).toBeLessThanOrEqual(maxBytes);
    expect(cache.size).toBeGreaterThan(50);
    expect(cache.find(token(1))).toBeUndefined();
  });

  it('keeps nothing when told so, and forgets all when told so', () => {
    const none = cacheOf(0);
    none.add(token(1), remembered('one'));
    expect(none.size).toBe(0);
    const some = cacheOf(1_000_000);
    some.add(token(1), remembered('one'));
    some.clear();
    expect(some.find(token(1))).toBeUndefined();
  });
});
