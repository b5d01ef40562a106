import { createSessionValidator } from '../create-session-validator.js';
import { createTestIssuer, MemoryFeed } from '../testing/index.js';
import type { SessionValidatorConfig } from './config/config.js';
import type { SessionValidator } from './session-validator.js';

const issuer = createTestIssuer();
const open: SessionValidator[] = [];

function started(config: SessionValidatorConfig = {}) {
  const feed = new MemoryFeed();
  const warnings: string[] = [];
  const validator = createSessionValidator({
    trustAnchor: issuer.trustAnchor,
    keyBundle: issuer.keyBundle(),
    feed,
    warn: (message) => warnings.push(message),
    ...config,
  });
  open.push(validator);
  return { feed, validator, warnings };
}

afterEach(() => Promise.all(open.splice(0).map((each) => each.close())));

describe('a caller', () => {
  it('that writes to a refusal changes no other: the same one answers many', () => {
    const { feed, validator } = started();
    const claims = issuer.claims();
    const token = issuer.token(claims);
    feed.revoke({ scope: 'sid', value: claims.sid });
    for (const refused of [validator.check(token), validator.check(''), validator.check('not.a.token')]) {
      expect(refused.ok).toBe(false);
      expect(Reflect.set(refused, 'ok', true)).toBe(false);
    }
    expect(validator.check(token)).toMatchObject({ ok: false, reason: 'SESSION_REVOKED' });
  });

  it('whose callbacks are async and fail is told of it, and the process goes on', async () => {
    const { feed, validator, warnings } = started();
    const unhandled: unknown[] = [];
    const hear = (reason: unknown) => unhandled.push(reason);
    process.on('unhandledRejection', hear);
    const claims = issuer.claims();
    const verdict = validator.check(issuer.token(claims));
    if (!verdict.ok) throw new Error(verdict.reason);
    validator.onRevoked(async () => Promise.reject(new RangeError('secret of the caller')));
    validator.watch(verdict.principal, async () => Promise.reject(new SyntaxError('secret of the caller')));
    feed.revoke({ scope: 'sid', value: claims.sid });
    // Node tells of unhandled rejections after the microtasks of a turn.
    await new Promise((resolve) => setTimeout(resolve, 20));
    process.off('unhandledRejection', hear);
    expect(unhandled).toEqual([]);
    expect(warnings).toEqual([expect.stringContaining('SyntaxError'), expect.stringContaining('RangeError')]);
    expect(warnings.join()).not.toContain('secret of the caller');
  });

  it('may wait for the first list without end', async () => {
    const feed = new MemoryFeed({ beats: false });
    const { validator } = started({ feed });
    const ready = validator.ready(Number.POSITIVE_INFINITY);
    await new Promise((resolve) => setTimeout(resolve, 20));
    feed.beat();
    expect(await ready).toBe(true);
  });

  it('that asks a closed validator whether it is ready hears so at once', async () => {
    const { validator } = started({ feed: new MemoryFeed({ beats: false }) });
    await validator.close();
    const askedAt = performance.now();
    expect(await validator.ready()).toBe(false);
    expect(performance.now() - askedAt).toBeLessThan(1_000);
  });
});

describe('closing', () => {
  it('lets go of the keys last: the goodbye of the receipts may go over their connection', async () => {
    const order: string[] = [];
    const said = (what: string) => async () => {
      order.push(`${what} begins`);
      await new Promise((resolve) => setTimeout(resolve, 10));
      order.push(`${what} ends`);
    };
    const { validator } = started({
      feed: { start: () => undefined, close: said('feed') },
      keySource: { start: () => undefined, refresh: async () => undefined, close: said('keys') },
    });
    await validator.close();
    expect(order).toEqual(['feed begins', 'feed ends', 'keys begins', 'keys ends']);
  });
});
