import { createSessionValidator } from '../create-session-validator.js';
import type { SessionValidator } from './session-validator.js';
import { createTestIssuer, FakeTime, MemoryFeed } from '../testing/index.js';

const SERVICE = 'svc_reports';
const SERVICES_TOO = { serviceAccounts: true };

let issuer: ReturnType<typeof createTestIssuer>;
let feed: MemoryFeed;
let validator: SessionValidator;

beforeEach(() => {
  const time = new FakeTime();
  issuer = createTestIssuer({ nowMs: () => time.nowMs() });
  feed = new MemoryFeed({ beats: false, monotonicMs: () => time.monotonicMs() });
  feed.beat();
  const { trustAnchor } = issuer;
  validator = createSessionValidator({ trustAnchor, keyBundle: issuer.keyBundle(), feed, time });
});
afterEach(() => validator.close());

describe('a token of a service account (J16)', () => {
  it('is refused where nobody said that a service will do, on a warm token too', () => {
    const token = issuer.serviceToken(SERVICE);
    expect(validator.check(token)).toMatchObject({ ok: false, reason: 'TOKEN_INVALID' });
    expect(validator.check(token, SERVICES_TOO)).toMatchObject({ ok: true });
    expect(validator.check(token)).toMatchObject({ ok: false, reason: 'TOKEN_INVALID' });
    // What got past the compiler opens nothing.
    expect(validator.check(token, { serviceAccounts: 'no' as never })).toMatchObject({ ok: false });
  });

  it('has no user id: asking for one throws, instead of finding nobody’s or everybody’s data', () => {
    const verdict = validator.check(issuer.serviceToken(SERVICE), SERVICES_TOO);
    if (!verdict.ok) throw new Error(verdict.message);
    expect(verdict.principal.serviceAccountId).toBe(SERVICE);
    expect(() => verdict.principal.userId).toThrow(TypeError);
    expect(() => verdict.claims.getUserId()).toThrow(TypeError);
    expect(JSON.parse(JSON.stringify(verdict.principal))).not.toHaveProperty('userId');
    expect(Object.isFrozen(verdict.principal)).toBe(true);
  });

  it('leaves persons what they were', () => {
    const verdict = validator.check(issuer.token({ sub: '42' }), SERVICES_TOO);
    expect(verdict).toMatchObject({ ok: true, principal: { userId: 42 } });
    expect(verdict.ok && 'serviceAccountId' in verdict.principal).toBe(false);
  });

  it.each(['jti', 'sid', 'client'] as const)('ends by a revocation of scope %s', (scope) => {
    const claims = issuer.claims({ sub: SERVICE, client_id: SERVICE });
    const token = issuer.token(claims);
    expect(validator.check(token, SERVICES_TOO).ok).toBe(true);
    feed.revoke({ scope, value: { jti: claims.jti, sid: claims.sid, client: SERVICE }[scope], cutoff: claims.iat });
    const reason = scope === 'sid' ? 'SESSION_REVOKED' : 'TOKEN_REVOKED';
    expect(validator.check(token, SERVICES_TOO)).toMatchObject({ ok: false, reason });
  });

  it('is watched like any other: its stream ends with it', () => {
    const verdict = validator.check(issuer.serviceToken(SERVICE), SERVICES_TOO);
    if (!verdict.ok) throw new Error(verdict.message);
    const reasons: string[] = [];
    validator.watch(verdict.principal, (reason) => reasons.push(reason));
    feed.revoke({ scope: 'client', value: SERVICE, cutoff: verdict.claims.iat });
    expect(reasons).toEqual(['TOKEN_REVOKED']);
  });

  it('is explained as it is judged', () => {
    const token = issuer.serviceToken(SERVICE);
    const claimsStep = (options?: object) => {
      const { steps, verdict } = validator.explain(token, options);
      return [verdict.ok, steps.find(({ check }) => check === 'claims')?.outcome];
    };
    expect(claimsStep()).toEqual([false, 'failed']);
    expect(claimsStep(SERVICES_TOO)).toEqual([true, 'passed']);
  });
});
