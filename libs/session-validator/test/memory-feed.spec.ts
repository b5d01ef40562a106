import { createSessionValidator } from '../src/index.js';
import { createTestIssuer, MemoryFeed } from '../src/testing/index.js';
import { describeFeed } from './feed.conformance.js';

describeFeed('memory', async () => {
  const feed = new MemoryFeed({ beats: false });
  return {
    newFeed: () => feed,
    append: async (entry, { told } = { told: true }) => void (told ? feed.revoke(entry) : feed.revokeSilently(entry)),
    beat: async () => feed.beat(),
    appendUnreadable: async () => feed.appendUnreadable(),
    loseEverything: async () => feed.loseEverything(),
    trim: async (keep) => feed.trim(keep),
    cut: async () => feed.cut(),
    heal: async () => feed.heal(),
    close: () => feed.close(),
  };
});

it('beats by itself unless told not to, so that a strict route is open in a test', async () => {
  const issuer = createTestIssuer();
  const feed = new MemoryFeed();
  const validator = createSessionValidator({
    trustAnchor: issuer.trustAnchor,
    keyBundle: issuer.keyBundle(),
    feed,
    freshness: 'closed',
  });
  expect(validator.check(issuer.token()).ok).toBe(true);
  await validator.close();
});
