import { rateLimitHeaders } from './rate-limit-headers.js';

const api = { policy: 'api', limit: 300, windowSeconds: 60, remaining: 299, resetInSeconds: 60 };
const signIn = { policy: 'signin', limit: 10, windowSeconds: 60, remaining: 3, resetInSeconds: 41 };

describe('rate limit headers', () => {
  it('list every limit as structured fields, and the tightest in the older ones', () => {
    expect(rateLimitHeaders([api, signIn], 1_700_000_000_400)).toEqual({
      'x-ratelimit-limit': '10',
      'x-ratelimit-remaining': '3',
      'x-ratelimit-reset': String(1_700_000_001 + 41),
      'ratelimit-policy': '"api";q=300;w=60, "signin";q=10;w=60',
      ratelimit: '"api";r=299;t=60, "signin";r=3;t=41',
    });
  });

  it('are none where nothing is limited', () => {
    expect(rateLimitHeaders([], 0)).toEqual({});
  });
});
