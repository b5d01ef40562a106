import type { RevocationEntry, RevocationScope, TokenRefusal } from '@gatehouse/contracts';
import { createSessionValidator } from '../create-session-validator.js';
import { createTestIssuer, FakeTime, MemoryFeed } from '../testing/index.js';
import type { SessionValidatorConfig } from './config/config.js';
import type { SessionValidator } from './session-validator.js';
import type { CheckOptions } from './session-validator.js';

let time: FakeTime;
let issuer: ReturnType<typeof createTestIssuer>;
let feed: MemoryFeed;
let validator: SessionValidator;
let warnings: string[];
const open: SessionValidator[] = [];

function validatorOf(config: SessionValidatorConfig = {}): SessionValidator {
  const created = createSessionValidator({
    trustAnchor: issuer.trustAnchor,
    keyBundle: issuer.keyBundle(),
    feed,
    time,
    warn: (message) => warnings.push(message),
    ...config,
  });
  open.push(created);
  return created;
}

function memoryFeed(): MemoryFeed {
  return new MemoryFeed({ beats: false, monotonicMs: () => time.monotonicMs() });
}

beforeEach(() => {
  warnings = [];
  time = new FakeTime();
  issuer = createTestIssuer({ nowMs: () => time.nowMs() });
  feed = memoryFeed();
  feed.beat();
  validator = validatorOf();
});
afterEach(() => Promise.all(open.splice(0).map((each) => each.close())));

const reasonOf = (token: string, options?: CheckOptions, by = validator): 'OK' | TokenRefusal => {
  const verdict = by.check(token, options);
  return verdict.ok ? 'OK' : verdict.reason;
};

describe('a revocation', () => {
  it('is enforced on a token whose signature was verified before: remembering is not accepting', () => {
    const claims = issuer.claims();
    const token = issuer.token(claims);
    expect(reasonOf(token)).toBe('OK');
    expect(reasonOf(token)).toBe('OK');
    expect(validator.metrics()).toMatchObject({ cacheHits: 1, cacheMisses: 1 });
    feed.revoke({ scope: 'sid', value: claims.sid });
    expect(reasonOf(token)).toBe('SESSION_REVOKED');
    // By contrast: it was the list that refused it, not the cache that forgot it.
    expect(validator.metrics()).toMatchObject({ cacheHits: 2, cacheMisses: 1 });
    const withoutList = validatorOf({ feed: 'none' });
    expect(reasonOf(token, undefined, withoutList)).toBe('OK');
  });

  const rows: [RevocationScope, (c: ReturnType<typeof issuer.claims>) => Partial<RevocationEntry>, TokenRefusal][] = [
    ['sid', (c) => ({ value: c.sid }), 'SESSION_REVOKED'],
    ['jti', (c) => ({ value: c.jti }), 'TOKEN_REVOKED'],
    ['kid', () => ({ value: issuer.kid }), 'TOKEN_REVOKED'],
    ['sub', (c) => ({ value: c.sub, cutoff: c.gen + 1 }), 'TOKEN_STALE'],
    ['client', (c) => ({ value: c.client_id, cutoff: c.iat }), 'TOKEN_REVOKED'],
    ['device', (c) => ({ value: c.device_id ?? '', cutoff: c.iat }), 'TOKEN_REVOKED'],
    ['before', (c) => ({ value: '*', cutoff: c.iat }), 'TOKEN_REVOKED'],
  ];
  it.each(rows)('of scope %s ends the tokens it names', (scope, entry, reason) => {
    const claims = issuer.claims({ device_id: 'phone' });
    const token = issuer.token(claims);
    expect(reasonOf(token)).toBe('OK');
    feed.revoke({ scope, value: '', ...entry(claims) });
    expect(reasonOf(token)).toBe(reason);
  });

  it.each(rows)('of scope %s leaves the tokens it does not name', (scope, entry) => {
    const claims = issuer.claims({ gen: 5, device_id: 'phone' });
    const other = issuer.claims({ gen: 5, client_id: 'mobile', device_id: 'tablet' });
    const kid = issuer.kid;
    issuer.rotate();
    feed.revoke({ scope, value: '', ...entry(claims), ...(scope === 'kid' ? { value: issuer.kid } : {}) });
    const later = scope === 'before' ? { iat: claims.iat + 1 } : {};
    expect(reasonOf(issuer.token({ ...other, ...later }, { kid }))).toBe('OK');
  });

  it.each([
    ['client', -1, 'OK'],
    ['client', 0, 'TOKEN_REVOKED'],
    ['device', -1, 'OK'],
    ['device', 0, 'TOKEN_REVOKED'],
    ['before', -1, 'OK'],
    ['before', 0, 'TOKEN_REVOKED'],
  ] as const)('of scope %s with a cut-off %p s from iat: %s', (scope, offset, outcome) => {
    const claims = issuer.claims({ device_id: 'phone' });
    const value = { client: claims.client_id, device: 'phone', before: '*' }[scope];
    feed.revoke({ scope, value, cutoff: claims.iat + offset });
    expect(reasonOf(issuer.token(claims))).toBe(outcome);
  });

  it.each([
    [4, 'OK'],
    [5, 'OK'],
    [6, 'TOKEN_STALE'],
  ])('of a user refuses generations below %p, and a refreshed token passes: %s', (cutoff, outcome) => {
    const claims = issuer.claims({ gen: 5 });
    feed.revoke({ scope: 'sub', value: claims.sub, cutoff });
    expect(reasonOf(issuer.token(claims))).toBe(outcome);
    expect(reasonOf(issuer.token({ ...claims, gen: cutoff }))).toBe('OK');
  });

  it('tells a stale token to refresh', () => {
    const claims = issuer.claims();
    feed.revoke({ scope: 'sub', value: claims.sub, cutoff: 1 });
    const verdict = validator.check(issuer.token(claims));
    expect(!verdict.ok && verdict.message).toContain('refresh');
  });

  it('of a scope this version does not know is counted, and the feed goes on', () => {
    feed.revoke({ scope: 'planet' as RevocationScope, value: 'earth' });
    const claims = issuer.claims();
    feed.revoke({ scope: 'sid', value: claims.sid });
    expect(reasonOf(issuer.token(claims))).toBe('SESSION_REVOKED');
    expect(validator.metrics()).toMatchObject({ entriesNotUnderstood: 1, entriesApplied: 1 });
  });

  it('is told apart from an expired token by what came first: expiry', () => {
    const claims = issuer.claims();
    const token = issuer.token(claims);
    feed.revoke({ scope: 'sid', value: claims.sid });
    time.advance(1_000_000);
    expect(reasonOf(token)).toBe('TOKEN_EXPIRED');
  });
});

describe('before the first complete reading', () => {
  it('nothing is accepted: no keys', async () => {
    const offer = { document: undefined as ((text: string) => void) | undefined };
    const keySource = {
      start: (listener: (text: string) => void) => void (offer.document = listener),
      refresh: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    const ours = validatorOf({ keyBundle: undefined, keySource });
    expect(reasonOf(issuer.token(), undefined, ours)).toBe('FEED_STALE');
    expect(await ours.ready(10)).toBe(false);
    expect(ours.health()).toMatchObject({ ready: false, keys: { version: null, count: 0 } });
    offer.document?.(issuer.keyBundle());
    expect(await ours.ready(10)).toBe(true);
    expect(reasonOf(issuer.token(), undefined, ours)).toBe('OK');
  });

  it('nothing is accepted: an empty log is not an empty list', async () => {
    const empty = memoryFeed();
    const ours = validatorOf({ feed: empty });
    expect(reasonOf(issuer.token(), undefined, ours)).toBe('FEED_STALE');
    expect(ours.health()).toMatchObject({ ready: false, feed: { state: 'starting' } });
    expect(await ours.ready(10)).toBe(false);
    const ready = ours.ready(1_000);
    empty.revoke({ scope: 'sid', value: 'x' });
    // Entries alone are half a list: the writer beats once all that matters is there.
    expect(reasonOf(issuer.token(), undefined, ours)).toBe('FEED_STALE');
    empty.beat();
    expect(await ready).toBe(true);
    expect(reasonOf(issuer.token(), undefined, ours)).toBe('OK');
  });

  it('a token that is bad anyway is called bad', () => {
    const ours = validatorOf({ feed: memoryFeed() });
    expect(reasonOf('x.y.z', undefined, ours)).toBe('TOKEN_INVALID');
  });
});

describe('when the feed is cut', () => {
  it('the last known list stays enforced, and each route decides how old it may be', () => {
    const [live, ended] = [issuer.claims(), issuer.claims()];
    const [liveToken, endedToken] = [issuer.token(live), issuer.token(ended)];
    feed.revoke({ scope: 'sid', value: ended.sid });
    feed.beat();
    feed.cut();
    const after = (seconds: number) => {
      time.advance(seconds * 1_000);
      return (['open', { boundedSeconds: 30 }, 'closed'] as const).map((freshness) => [
        reasonOf(liveToken, { freshness }),
        reasonOf(endedToken, { freshness }),
      ]);
    };
    const [fine, stale, ends] = ['OK', 'FEED_STALE', 'SESSION_REVOKED'];
    expect(after(5)).toEqual([
      [fine, ends],
      [fine, ends],
      [fine, ends],
    ]);
    expect(after(1)).toEqual([
      [fine, ends],
      [fine, ends],
      [stale, ends],
    ]);
    expect(after(24)).toEqual([
      [fine, ends],
      [fine, ends],
      [stale, ends],
    ]);
    expect(after(1)).toEqual([
      [fine, ends],
      [stale, ends],
      [stale, ends],
    ]);
    expect(after(569)).toEqual([
      [fine, ends],
      [stale, ends],
      [stale, ends],
    ]);
    expect(validator.health().feed).toMatchObject({ state: 'stale', ageSeconds: 600 });
  });

  it('a validator may be strict by default, and a route laxer', () => {
    const strict = validatorOf({ freshness: 'closed' });
    feed.beat();
    const token = issuer.token();
    expect(reasonOf(token, undefined, strict)).toBe('OK');
    time.advance(6_000);
    expect(reasonOf(token, undefined, strict)).toBe('FEED_STALE');
    expect(reasonOf(token, { freshness: 'open' }, strict)).toBe('OK');
  });

  it('a wall clock that is set back does not make old news fresh', () => {
    feed.beat();
    feed.cut();
    time.advance(6_000);
    time.jump(-60_000);
    expect(reasonOf(issuer.token(), { freshness: 'closed' })).toBe('FEED_STALE');
  });

  it('what was missed is enforced on return, and nothing known is forgotten', () => {
    const [before, during] = [issuer.claims(), issuer.claims()];
    feed.revoke({ scope: 'sid', value: before.sid });
    feed.cut();
    feed.revoke({ scope: 'sid', value: during.sid });
    expect(reasonOf(issuer.token(during))).toBe('OK');
    feed.loseEverything();
    feed.revoke({ scope: 'sid', value: during.sid });
    feed.heal();
    expect(reasonOf(issuer.token(during))).toBe('SESSION_REVOKED');
    expect(reasonOf(issuer.token(before))).toBe('SESSION_REVOKED');
  });

  it('a reconnection proves nothing before a heartbeat of the new life', () => {
    feed.beat();
    feed.cut();
    time.advance(60_000);
    feed.loseEverything();
    feed.heal();
    expect(reasonOf(issuer.token(), { freshness: 'closed' })).toBe('FEED_STALE');
    feed.revoke({ scope: 'sid', value: 'x' });
    expect(reasonOf(issuer.token(), { freshness: 'closed' })).toBe('FEED_STALE');
    feed.beat();
    feed.beat();
    expect(reasonOf(issuer.token(), { freshness: 'closed' })).toBe('OK');
  });

  it('old heartbeats that are read on return prove no more than they can', () => {
    feed.beat();
    feed.cut();
    time.advance(20_000);
    // The writer died a second after the cut, for all we know.
    feed.beat();
    time.advance(40_000);
    feed.heal();
    expect(validator.health().feed.ageSeconds).toBeGreaterThanOrEqual(40);
  });
});

describe('keys', () => {
  it('come as bundles of growing version; older, forged and broken ones change nothing', () => {
    const offers: ((text: string) => void)[] = [];
    const keySource = {
      start: (offer: (text: string) => void) => void offers.push(offer),
      refresh: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    const ours = validatorOf({ keySource });
    const offer = (document: string) => offers[0]?.(document);
    const oldBundle = issuer.keyBundle();
    const [oldKid, oldToken] = [issuer.kid, issuer.token()];
    expect(reasonOf(oldToken, undefined, ours)).toBe('OK');

    issuer.rotate();
    expect(reasonOf(issuer.token(), undefined, ours)).toBe('TOKEN_INVALID');
    offer(issuer.keyBundle());
    expect(reasonOf(issuer.token(), undefined, ours)).toBe('OK');
    expect(reasonOf(oldToken, undefined, ours)).toBe('OK');

    issuer.withdraw(oldKid);
    offer(issuer.keyBundle());
    // Remembered from before, and refused all the same.
    expect(reasonOf(oldToken, undefined, ours)).toBe('TOKEN_INVALID');

    const stranger = createTestIssuer();
    const { version, count } = ours.health().keys;
    for (const document of [
      oldBundle,
      stranger.keyBundle({ ver: 99 }),
      issuer.keyBundle({ ver: 99 }, { typ: 'JWT' }),
      issuer.keyBundle({ ver: 99 }, { alg: 'none' }),
      issuer.keyBundle({ ver: 99 }, { crit: ['x'] }),
      issuer.keyBundle({ ver: 99, keys: [] }),
      issuer.keyBundle({ ver: 1e300 }),
      issuer.token(),
      'garbage',
      '',
      'x'.repeat(70_000),
    ]) {
      offer(document);
      expect(ours.health().keys).toEqual({ version, count });
    }
    expect(reasonOf(oldToken, undefined, ours)).toBe('TOKEN_INVALID');
    expect(reasonOf(issuer.token(), undefined, ours)).toBe('OK');
    expect(ours.metrics().keyDocumentsRefused).toBe(11);
  });

  it('an unknown key is asked for once for everybody, and then not again for a while (C10)', async () => {
    let asked = 0;
    let answer: () => void = () => undefined;
    let offer: (text: string) => void = () => undefined;
    const keySource = {
      start: (listener: (text: string) => void) => void (offer = listener),
      refresh: () => {
        asked += 1;
        return new Promise<void>((resolve) => (answer = resolve));
      },
      close: () => Promise.resolve(),
    };
    const ours = validatorOf({ keySource });
    issuer.rotate();
    const token = issuer.token();
    const verdicts = Promise.all(Array.from({ length: 100 }, () => ours.validateAccessToken(token)));
    offer(issuer.keyBundle());
    answer();
    expect((await verdicts).every(({ ok }) => ok)).toBe(true);
    expect(asked).toBe(1);

    for (let i = 0; i < 1_000; i++) {
      expect(ours.check(issuer.token({}, { header: { kid: `made-up-${i}` } })).ok).toBe(false);
    }
    expect((await ours.validateAccessToken(issuer.token({}, { header: { kid: 'made-up' } }))).ok).toBe(false);
    expect(asked).toBe(1);
    time.advance(5_000);
    ours.check(issuer.token({}, { header: { kid: 'made-up' } }));
    ours.check(issuer.token({}, { header: { kid: 'made-up' } }));
    expect(asked).toBe(2);
    answer();
  });
});

describe('watching a session', () => {
  const principalOf = (token: string) => {
    const verdict = validator.check(token);
    if (!verdict.ok) throw new Error(verdict.reason);
    return verdict;
  };

  it('tells once when it ends, and nobody else', () => {
    const [mine, other] = [issuer.claims(), issuer.claims()];
    const told: string[] = [];
    validator.watch(principalOf(issuer.token(mine)).principal, (reason) => told.push(`mine ${reason}`));
    validator.watch(principalOf(issuer.token(mine)).claims, (reason) => told.push(`again ${reason}`));
    validator.watch(principalOf(issuer.token(other)).principal, (reason) => told.push(`other ${reason}`));
    feed.revoke({ scope: 'sid', value: mine.sid });
    feed.revoke({ scope: 'sid', value: mine.sid });
    feed.revoke({ scope: 'jti', value: mine.jti });
    expect(told).toEqual(['mine SESSION_REVOKED', 'again SESSION_REVOKED']);
    expect(validator.metrics().watchers).toBe(1);
  });

  it.each([
    ['sub', (c: { sub: string }) => ({ value: c.sub, cutoff: 1 }), 'TOKEN_STALE'],
    ['jti', (c: { jti: string }) => ({ value: c.jti }), 'TOKEN_REVOKED'],
    ['kid', () => ({ value: issuer.kid }), 'TOKEN_REVOKED'],
    ['client', (c: { client_id: string; iat: number }) => ({ value: c.client_id, cutoff: c.iat }), 'TOKEN_REVOKED'],
    ['device', (c: { iat: number }) => ({ value: 'phone', cutoff: c.iat }), 'TOKEN_REVOKED'],
    ['before', (c: { iat: number }) => ({ value: '*', cutoff: c.iat }), 'TOKEN_REVOKED'],
  ] as const)('tells of scope %s', (scope, entry, reason) => {
    const claims = issuer.claims({ device_id: 'phone' });
    const told: string[] = [];
    validator.watch(principalOf(issuer.token(claims)).principal, (why) => told.push(why));
    feed.revoke({ scope, ...entry(claims) });
    expect(told).toEqual([reason]);
  });

  it('stays quiet about a cut-off that spares it', () => {
    const claims = issuer.claims({ gen: 3 });
    const told: string[] = [];
    validator.watch(principalOf(issuer.token(claims)).principal, (why) => told.push(why));
    feed.revoke({ scope: 'sub', value: claims.sub, cutoff: 3 });
    feed.revoke({ scope: 'before', value: '*', cutoff: claims.iat - 1 });
    expect(told).toEqual([]);
  });

  it('stops when told to', () => {
    const claims = issuer.claims();
    const told: string[] = [];
    const stop = validator.watch(principalOf(issuer.token(claims)).principal, (why) => told.push(why));
    stop();
    feed.revoke({ scope: 'sid', value: claims.sid });
    expect(told).toEqual([]);
    expect(validator.metrics().watchers).toBe(0);
  });

  it('tells of what happened between the check and the watch, after the call has returned', async () => {
    const claims = issuer.claims();
    const { principal } = principalOf(issuer.token(claims));
    feed.revoke({ scope: 'sid', value: claims.sid });
    const told: string[] = [];
    validator.watch(principal, (why) => told.push(why));
    validator.watch(principal, (why) => told.push(`stopped ${why}`))();
    expect(told).toEqual([]);
    await Promise.resolve();
    expect(told).toEqual(['SESSION_REVOKED']);
  });

  it('tells when the time of the token is over, tolerance included', () => {
    jest.useFakeTimers();
    try {
      const { principal } = principalOf(issuer.token());
      const told: string[] = [];
      validator.watch(principal, (why) => told.push(why));
      const elapse = (ms: number) => {
        time.advance(ms);
        jest.advanceTimersByTime(ms);
      };
      elapse(929_999);
      expect(told).toEqual([]);
      elapse(1);
      expect(told).toEqual(['TOKEN_EXPIRED']);
    } finally {
      jest.useRealTimers();
    }
  });

  it('knows principals and claims that were made elsewhere by what they say', () => {
    const claims = issuer.claims();
    const { principal } = principalOf(issuer.token(claims));
    const told: string[] = [];
    validator.watch({ ...principal }, () => told.push('principal'));
    validator.watch({ ...claims }, () => told.push('claims'));
    feed.revoke({ scope: 'sid', value: claims.sid });
    expect(told).toEqual(['principal', 'claims']);
  });
});

describe('a session watched by the key it was signed with', () => {
  it('ends when that key is in force no more, as its token is then refused', () => {
    let offer: (text: string) => void = () => undefined;
    const keySource = {
      start: (listener: (text: string) => void) => void (offer = listener),
      refresh: () => Promise.resolve(),
      close: () => Promise.resolve(),
    };
    const ours = validatorOf({ keySource });
    const principalOf = (token: string) => {
      const verdict = ours.check(token);
      if (!verdict.ok) throw new Error(verdict.reason);
      return verdict.principal;
    };
    const [oldKid, oldToken] = [issuer.kid, issuer.token()];
    const ended: string[] = [];
    ours.watch(principalOf(oldToken), (reason) => ended.push(`old ${reason}`));
    issuer.rotate();
    offer(issuer.keyBundle());
    ours.watch(principalOf(issuer.token()), (reason) => ended.push(`new ${reason}`));
    expect(ended).toEqual([]);
    issuer.withdraw(oldKid);
    offer(issuer.keyBundle());
    expect(ended).toEqual(['old TOKEN_INVALID']);
    expect(reasonOf(oldToken, undefined, ours)).toBe('TOKEN_INVALID');
  });
});

describe('callbacks', () => {
  it('hear of each revocation once, after it is enforced', () => {
    const heard: string[] = [];
    const claims = issuer.claims();
    const token = issuer.token(claims);
    const stop = validator.onRevoked((entry) => heard.push(`${entry.value === claims.sid} ${reasonOf(token)}`));
    const entry = feed.revoke({ scope: 'sid', value: claims.sid });
    feed.revoke(entry);
    expect(heard).toEqual(['true SESSION_REVOKED']);
    stop();
    feed.revoke({ scope: 'sid', value: 'other' });
    expect(heard).toHaveLength(1);
  });

  it('that throw harm neither the others nor the feed', () => {
    const claims = issuer.claims();
    const verdict = validator.check(issuer.token(claims));
    const heard: string[] = [];
    validator.onRevoked(() => {
      throw new Error('mine');
    });
    validator.onRevoked(() => heard.push('listener'));
    if (verdict.ok) {
      validator.watch(verdict.principal, () => {
        throw new Error('mine too');
      });
      validator.watch(verdict.principal, () => heard.push('watcher'));
    }
    feed.revoke({ scope: 'sid', value: claims.sid });
    expect(heard).toEqual(['watcher', 'listener']);
    expect(warnings).toHaveLength(2);
    expect(warnings.join()).not.toContain('mine');
  });
});

describe('figures', () => {
  it('count decisions by reason, and tell state and lag', () => {
    const claims = issuer.claims();
    reasonOf(issuer.token(claims));
    reasonOf('');
    reasonOf('x');
    feed.revoke({ scope: 'sid', value: claims.sid });
    reasonOf(issuer.token(claims));
    feed.beat();
    expect(validator.metrics()).toMatchObject({
      decisions: { OK: 1, TOKEN_MISSING: 1, TOKEN_INVALID: 1, SESSION_REVOKED: 1, TOKEN_REVOKED: 0 },
      replicaEntries: 1,
      feedAgeSeconds: 0,
      revocationLag: { count: 1 },
    });
    const text = validator.metricsText();
    expect(text).toContain('session_validator_decisions_total{reason="SESSION_REVOKED"} 1\n');
    expect(text).toContain('session_validator_replica_entries 1\n');
    expect(text).toContain('session_validator_revocation_lag_seconds_bucket{le="+Inf"} 1\n');
  });

  it('tell an age without end before the first proof', () => {
    const ours = validatorOf({ feed: memoryFeed() });
    expect(ours.metrics().feedAgeSeconds).toBeNull();
    expect(ours.metricsText()).toContain('session_validator_feed_age_seconds +Inf\n');
  });

  it('health tells what is known of feed and keys', () => {
    feed.beat();
    expect(validator.health()).toEqual({
      ready: true,
      feed: {
        state: 'fresh',
        ageSeconds: 0,
        epoch: expect.any(String),
        position: expect.stringMatching(/^\d+-0$/),
        entries: 0,
      },
      keys: { version: 1, count: 1 },
    });
    expect(validatorOf({ feed: 'none' }).health()).toMatchObject({ ready: true, feed: { state: 'off' } });
  });
});

it('closing ends watches and waits; the list stays enforced for whoever still asks', async () => {
  const claims = issuer.claims();
  const token = issuer.token(claims);
  feed.revoke({ scope: 'sid', value: claims.sid });
  const waiting = validatorOf({ feed: memoryFeed() });
  const ready = waiting.ready();
  await Promise.all([waiting.close(), waiting.close()]);
  expect(await ready).toBe(false);
  await validator.close();
  expect(reasonOf(token)).toBe('SESSION_REVOKED');
  expect(await validator.subscribeToInvalidations()).toBe(true);
});

it('subscribing again is harmless', async () => {
  expect(await validator.subscribeToInvalidations()).toBe(true);
  expect(await validator.subscribeToInvalidations()).toBe(true);
});
