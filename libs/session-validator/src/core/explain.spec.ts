import { randomUUID } from 'node:crypto';
import { createSessionValidator } from '../create-session-validator.js';
import { createTestIssuer, MemoryFeed } from '../testing/index.js';
import type { ExplainedStep } from './explain.js';
import type { SessionValidator } from './session-validator.js';

const issuer = createTestIssuer();
const elsewhere = createTestIssuer();

describe('explaining a token', () => {
  let feed: MemoryFeed;
  let validator: SessionValidator;

  beforeEach(async () => {
    feed = new MemoryFeed();
    const { trustAnchor } = issuer;
    validator = createSessionValidator({ trustAnchor, keyBundle: issuer.keyBundle(), feed, warn: () => undefined });
    await validator.ready();
  });
  afterEach(() => validator.close());

  const failed = (token: string) =>
    validator
      .explain(token)
      .steps.filter(({ outcome }) => outcome === 'failed')
      .map(({ check }) => check);
  const step = (token: string, check: ExplainedStep['check']) =>
    validator.explain(token).steps.find((one) => one.check === check);

  it('passes every check of a token that is accepted', () => {
    const { verdict, steps, claims } = validator.explain(issuer.token({ sub: '42', device_id: 'phone' }));
    expect(verdict.ok).toBe(true);
    expect(steps.map(({ outcome }) => outcome)).toEqual(steps.map(() => 'passed'));
    expect(claims).toMatchObject({ sub: '42' });
  });

  it('shows who acts in the place of somebody, also where the token is refused', () => {
    const actor = { act: { sub: '7' } };
    const token = issuer.token({ sub: '42', sid: 'c'.repeat(64), ...actor });
    const detailOf = (one: string) => step(one, 'claims')?.detail;
    expect(validator.explain(token)).toMatchObject({ verdict: { ok: true, principal: { actorId: 7 } }, claims: actor });
    expect(detailOf(token)).toContain('("act")');
    feed.revoke({ scope: 'sid', value: 'c'.repeat(64) });
    expect(validator.explain(token)).toMatchObject({ verdict: { ok: false }, claims: actor });
    expect(detailOf(token)).toContain('("act")');
    expect(detailOf(issuer.token())).not.toContain('act"');
    // What is no actor is a fault of the token.
    expect(failed(issuer.token({ act: { sub: 'svc_1' } }))).toEqual(['claims']);
  });

  it.each([
    ['size', (): string => 'x'.repeat(9_000)],
    ['form', (): string => 'not.a.token.'],
    ['type', () => issuer.token({}, { header: { typ: 'JWT' } })],
    ['key', () => issuer.token({}, { header: { kid: 'unheard-of' } })],
    ['header', () => issuer.token({}, { header: { crit: ['x'] } })],
    ['signature', () => elsewhere.token({ iss: issuer.issuer }, { header: { kid: issuer.kid } })],
    ['claims', () => issuer.token({ aud: 'somebody else' })],
  ] as const)('names the check that fails: %s', (check, make) => {
    const token = make();
    expect(failed(token)[0]).toBe(check);
    expect(validator.explain(token).verdict).toEqual(validator.check(token));
  });

  it.each([
    ['sid', { sid: 'a'.repeat(64) }, { scope: 'sid', value: 'a'.repeat(64) }],
    ['jti', { jti: 'one-token' }, { scope: 'jti', value: 'one-token' }],
    ['kid', {}, { scope: 'kid', value: issuer.kid }],
    ['before', {}, { scope: 'before', value: '*', cutoff: Math.floor(Date.now() / 1000) + 60 }],
    ['client', { client_id: 'shop' }, { scope: 'client', value: 'shop', cutoff: Math.floor(Date.now() / 1000) + 60 }],
    ['sub', { sub: '77', gen: 2 }, { scope: 'sub', value: '77', cutoff: 3 }],
  ] as const)('names the revocation that forbids it: %s', (scope, claims, revocation) => {
    const token = issuer.token(claims);
    expect(failed(token)).toEqual([]);
    feed.revoke(revocation);
    expect(failed(token)).toEqual([`revoked:${scope}`]);
    expect(validator.explain(token).verdict).toEqual(validator.check(token));
    expect(validator.explain(token).verdict.ok).toBe(false);
  });

  it('finds more than one fault: an expired token of a session that has ended', () => {
    const token = issuer.token({ sid: 'b'.repeat(64), iat: Math.floor(Date.now() / 1000) - 7_200 });
    feed.revoke({ scope: 'sid', value: 'b'.repeat(64) });
    expect(failed(token)).toEqual(['claims', 'revoked:sid']);
  });

  it('says that the list is older than the policy allows', async () => {
    feed.stopBeating();
    feed.cut();
    await new Promise((resolve) => setTimeout(resolve, 60));
    const { verdict, steps } = validator.explain(issuer.token(), { freshness: { boundedSeconds: 0.05 } });
    expect(verdict).toMatchObject({ ok: false, reason: 'FEED_STALE' });
    expect(steps.at(-1)).toMatchObject({ check: 'freshness', outcome: 'failed' });
  });

  it('looks nothing up where revocation was opted out of', async () => {
    const { trustAnchor } = issuer;
    const keyBundle = issuer.keyBundle();
    const alone = createSessionValidator({ trustAnchor, keyBundle, feed: 'none', warn: () => undefined });
    const { verdict, steps } = alone.explain(issuer.token());
    expect(verdict.ok).toBe(true);
    expect(steps.at(-1)).toMatchObject({ check: 'freshness', outcome: 'skipped' });
    expect(steps.some(({ check }) => check.startsWith('revoked'))).toBe(false);
    await alone.close();
  });

  it('repeats no part of the token in its details, and counts no decision', () => {
    const token = issuer.token({ jti: randomUUID(), client_id: 'a client with a name' });
    const { steps } = validator.explain(token);
    const details = steps.map(({ detail }) => detail).join('\n');
    for (const part of token.split('.')) expect(details).not.toContain(part);
    expect(details).not.toContain('a client with a name');
    expect(Object.values(validator.metrics().decisions).every((count) => count === 0)).toBe(true);
    expect(step(token, 'key')?.detail).toContain('ES256');
  });
});
