import { createSessionValidator } from '../../src/create-session-validator.js';
import { DoorRig } from '../doors/door-rig.js';
import { parseExposition } from './exposition.js';

let rig: DoorRig;

beforeEach(() => {
  rig = new DoorRig();
  rig.use(createSessionValidator(rig.config));
  rig.feed.beat();
});
afterEach(() => rig.close());

const series = () => {
  const all = [...parseExposition(rig.validator.metricsText()).values()].flatMap((family) => [...family.series]);
  return new Map(all);
};

it('is sound Prometheus text, before anything happened and after everything did', () => {
  expect(() => series()).not.toThrow();
  liveALittle();
  expect(() => series()).not.toThrow();
});

function liveALittle(): void {
  const { token, claims } = rig.signIn();
  for (let i = 0; i < 40; i++) rig.validator.check(token);
  for (const bad of ['', 'x', new DoorRig().signIn().token]) rig.validator.check(bad);
  rig.feed.revoke({ scope: 'sid', value: claims.sid });
  rig.validator.check(token);
  rig.time.advance(60_000);
  rig.validator.check(rig.signIn().token, { freshness: 'closed' });
  rig.feed.appendUnreadable();
}

it('counts each decision under its reason, and failed validations without those who sent nothing', () => {
  liveALittle();
  const all = series();
  const decisions = Object.entries(rig.validator.metrics().decisions);
  expect(Object.fromEntries(decisions)).toEqual({
    OK: 40,
    TOKEN_MISSING: 1,
    TOKEN_INVALID: 2,
    TOKEN_EXPIRED: 0,
    TOKEN_REVOKED: 0,
    TOKEN_STALE: 0,
    SESSION_REVOKED: 1,
    FEED_STALE: 1,
  });
  for (const [reason, count] of decisions) {
    expect(all.get(`session_validator_decisions_total{reason="${reason}"}`)).toBe(count);
    const failures = ['OK', 'TOKEN_MISSING'].includes(reason) ? undefined : count;
    expect(all.get(`token_validation_failures_total{reason="${reason}"}`)).toBe(failures);
  }
});

it('tells age, state and size of the list', () => {
  rig.feed.revoke({ scope: 'jti', value: 'x' });
  const now = () => {
    const all = series();
    const states = ['off', 'starting', 'fresh', 'stale'];
    return {
      age: all.get('session_validator_feed_age_seconds'),
      entries: all.get('session_validator_replica_entries'),
      state: states.filter((state) => all.get(`session_validator_feed_state{state="${state}"}`) === 1),
    };
  };
  expect(now()).toEqual({ age: 0, entries: 1, state: ['fresh'] });
  rig.time.advance(12_500);
  expect(now()).toEqual({ age: 12.5, entries: 1, state: ['stale'] });
});

it('tells an endless age before the first proof, and which state that is', async () => {
  const starting = new DoorRig({ alive: false });
  const all = parseExposition(starting.validator.metricsText());
  expect(all.get('session_validator_feed_age_seconds')?.series.get('session_validator_feed_age_seconds')).toBe(
    Infinity,
  );
  expect(all.get('session_validator_feed_state')?.series.get('session_validator_feed_state{state="starting"}')).toBe(1);
  await starting.close();
});

it('sorts the lag of revocations into buckets', () => {
  const lag = (seconds: number) => {
    rig.time.jump(seconds * 1000);
    // The feed dates its records by the real clock, the validator reads its own.
    rig.feed.revoke({ scope: 'jti', value: `lag-${seconds}` });
  };
  lag(0);
  lag(20);
  const all = series();
  const bucket = (le: string) => all.get(`session_validator_revocation_lag_seconds_bucket{le="${le}"}`);
  expect([bucket('0.005'), bucket('5'), bucket('30'), bucket('+Inf')]).toEqual([1, 1, 2, 2]);
  const { count, sumSeconds, maxSeconds } = rig.validator.metrics().revocationLag;
  expect(all.get('session_validator_revocation_lag_seconds_sum')).toBe(sumSeconds);
  expect(count).toBe(2);
  expect(maxSeconds).toBeGreaterThan(18);
});

it('times one decision in sixteen, the first included', () => {
  const { token } = rig.signIn();
  for (let i = 0; i < 33; i++) rig.validator.check(token);
  expect(rig.validator.metrics().decisionTime.count).toBe(3);
  expect(series().get('session_validator_decision_seconds_count')).toBe(3);
});

it('holds no token and no id', () => {
  liveALittle();
  expect(rig.validator.metricsText()).not.toMatch(/eyJ|[0-9a-f]{64}/);
});

describe('the reader of this test', () => {
  it.each([
    ['no end of line', 'a 1'],
    ['a series without a family', 'a 1\n'],
    ['a counter that is no total', '# HELP a x\n# TYPE a counter\na 1\n'],
    ['a gauge that is one', '# HELP a_total x\n# TYPE a_total gauge\na_total 1\n'],
    ['a series twice', '# HELP a x\n# TYPE a gauge\na 1\na 1\n'],
    ['a family twice', '# HELP a x\n# TYPE a gauge\na 1\n# HELP a x\n# TYPE a gauge\na{b="1"} 1\n'],
    ['no number', '# HELP a x\n# TYPE a gauge\na null\n'],
    ['JavaScript’s infinity', '# HELP a x\n# TYPE a gauge\na Infinity\n'],
    ['a broken label', '# HELP a x\n# TYPE a gauge\na{b="c"d"} 1\n'],
    ['a family without a series', '# HELP a x\n# TYPE a gauge\n'],
    ['no infinite bucket', '# HELP a x\n# TYPE a histogram\na_bucket{le="1"} 1\na_sum 1\na_count 1\n'],
    [
      'buckets that are not cumulative',
      '# HELP a x\n# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\na_sum 1\na_count 1\n',
    ],
  ])('does not take %s', (_what, text) => {
    expect(() => parseExposition(text)).toThrow(Error);
  });
});
