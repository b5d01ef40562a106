import { rateLimitHeaders } from './rate-limit-headers.js';

const api = { policy: 'api', limit: 300, windowMs: 60_000, remaining: 299, resetMs: 60_000, waitMs: 0 };
const signIn = { policy: 'signin', limit: 10, windowMs: 60_000, remaining: 3, resetMs: 40_001, waitMs: 0 };
const delay = { policy: 'delay', limit: 1, windowMs: 4_000, remaining: 0, resetMs: 3_500, waitMs: 3_500 };
const NOW_MS = 1_700_000_000_400;

describe('rate limit headers', () => {
  it('list every limit as structured fields, and the tightest in the older ones (R10)', () => {
    expect(rateLimitHeaders([api, signIn], NOW_MS)).toEqual({
      'x-ratelimit-limit': '10',
      'x-ratelimit-remaining': '3',
      'x-ratelimit-reset': String(1_700_000_001 + 41),
      'ratelimit-policy': '"api";q=300;w=60, "signin";q=10;w=60',
      ratelimit: '"api";r=299;t=60, "signin";r=3;t=41',
    });
  });

  it('list a delay only while it refuses', () => {
    expect(rateLimitHeaders([signIn, { ...delay, waitMs: 0 }], NOW_MS)['ratelimit']).toBe('"signin";r=3;t=41');
    expect(rateLimitHeaders([signIn, delay], NOW_MS)).toMatchObject({
      'x-ratelimit-limit': '1',
      'x-ratelimit-remaining': '0',
      'x-ratelimit-reset': String(1_700_000_001 + 4),
      ratelimit: '"signin";r=3;t=41, "delay";r=0;t=4',
    });
  });

  it('name the one that refuses longest when several do', () => {
    const short = { ...signIn, remaining: 0, waitMs: 5_000 };
    const long = { ...signIn, policy: 'pair', remaining: 0, waitMs: 900_000, limit: 60 };
    expect(rateLimitHeaders([short, long], NOW_MS)).toMatchObject({
      'x-ratelimit-limit': '60',
      'x-ratelimit-reset': String(1_700_000_001 + 900),
    });
  });

  it('are none where nothing is limited', () => {
    expect(rateLimitHeaders([], 0)).toEqual({});
  });
});
