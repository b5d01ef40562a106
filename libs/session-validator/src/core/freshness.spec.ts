import { createSessionValidator } from '../create-session-validator.js';
import { requireAuth as requireAuthOnExpress } from '../express/index.js';
import { requireAuth as requireAuthOnFastify } from '../fastify/index.js';
import { requireAuth, requireAuthOnUpgrade } from '../http/index.js';
import { Freshness as FreshnessOfRoute } from '../nest/decorators.js';
import { createTestIssuer, FakeTime, MemoryFeed } from '../testing/index.js';
import type { SessionValidator } from './session-validator.js';
import type { Freshness } from './verdict.js';

/** What gets past the compiler: plain JavaScript, and numbers out of the environment. */
const senseless: [string, unknown][] = [
  ['a word there is not', 'strict'],
  ['a number that is none', { boundedSeconds: Number('') * Number.NaN }],
  ['no number', {}],
  ['text for a number', { boundedSeconds: '30' }],
  ['no time at all', { boundedSeconds: 0 }],
  ['a bare number', 30],
];

describe.each(senseless)('a freshness of %s', (_what, value) => {
  const freshness = value as Freshness;
  let time: FakeTime;
  let feed: MemoryFeed;
  let validator: SessionValidator;
  const issuer = createTestIssuer();

  beforeEach(() => {
    time = new FakeTime();
    feed = new MemoryFeed({ beats: false, monotonicMs: () => time.monotonicMs() });
    feed.beat();
    const { trustAnchor } = issuer;
    validator = createSessionValidator({
      trustAnchor,
      keyBundle: issuer.keyBundle(),
      feed,
      time,
      warn: () => undefined,
    });
    feed.beat();
    time.advance(60_000);
  });
  afterEach(() => validator.close());

  it('opens nothing when it comes to a decision', () => {
    const token = issuer.token();
    expect(validator.check(token).ok).toBe(true);
    expect(validator.check(token, { freshness })).toMatchObject({ reason: 'FEED_STALE' });
    expect(validator.isFreshEnough({ freshness })).toBe(false);
  });

  it('is refused by every door when the route is made', () => {
    expect(() => requireAuth(validator, () => undefined, { freshness })).toThrow(/freshness/);
    expect(() => requireAuthOnUpgrade(validator, () => undefined, { freshness })).toThrow(/freshness/);
    expect(() => requireAuthOnExpress(validator, { freshness })).toThrow(/freshness/);
    expect(() => requireAuthOnFastify(validator, { freshness })).toThrow(/freshness/);
    expect(() => FreshnessOfRoute(freshness)).toThrow(/freshness/);
  });
});
