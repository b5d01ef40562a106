import { createSessionValidator } from '../create-session-validator.js';
import { createTestIssuer, FakeTime, MemoryFeed } from '../testing/index.js';
import type { SessionValidator } from './session-validator.js';
import { SystemTime } from './time.js';

const quiet = () => undefined;

describe('a clock that is set', () => {
  let time: FakeTime;
  let feed: MemoryFeed;
  let issuer: ReturnType<typeof createTestIssuer>;
  let validator: SessionValidator;

  beforeEach(() => {
    // The validator's own timers are those of the test; its clocks are `time`.
    jest.useFakeTimers();
    time = new FakeTime();
    issuer = createTestIssuer({ nowMs: () => time.nowMs() });
    feed = new MemoryFeed({ beats: false, monotonicMs: () => time.monotonicMs() });
    feed.beat();
    const { trustAnchor } = issuer;
    validator = createSessionValidator({ trustAnchor, keyBundle: issuer.keyBundle(), feed, time, warn: quiet });
  });
  afterEach(async () => {
    jest.useRealTimers();
    await validator.close();
  });

  /** A second of the validator's life, in which it may forget. */
  const liveASecond = () => {
    time.advance(1_000);
    jest.advanceTimersByTime(1_000);
  };

  it('forward and back again brings no revoked token back: nothing is forgotten on our clock alone', () => {
    const claims = issuer.claims();
    const token = issuer.token(claims);
    feed.revoke({ scope: 'sid', value: claims.sid });
    time.jump(3_600_000);
    feed.beat();
    liveASecond();
    time.jump(-3_600_000);
    expect(validator.check(token)).toMatchObject({ reason: 'SESSION_REVOKED' });
  });

  it('or not, an entry goes when the log has come past it too', () => {
    feed.revoke({ scope: 'sid', value: 'a'.repeat(64) });
    time.advance(3_600_000);
    liveASecond();
    expect(validator.health().feed.entries).toBe(1);
    feed.beat();
    liveASecond();
    expect(validator.health().feed.entries).toBe(0);
  });

  it('forward ends the connections of tokens whose time is then over', () => {
    const { verdict } = signedIn();
    const ended: string[] = [];
    validator.watch(verdict.principal, (reason) => ended.push(reason));
    liveASecond();
    expect(ended).toEqual([]);
    time.jump(3_600_000);
    liveASecond();
    jest.advanceTimersByTime(10);
    expect(ended).toEqual(['TOKEN_EXPIRED']);
  });

  it('back lets connections live as long as their tokens', () => {
    const { token, verdict } = signedIn();
    const ended: string[] = [];
    validator.watch(verdict.principal, (reason) => ended.push(reason));
    time.jump(-600_000);
    for (let second = 0; second < 1_000; second++) liveASecond();
    expect(validator.check(token).ok).toBe(true);
    expect(ended).toEqual([]);
  });

  function signedIn() {
    const token = issuer.token();
    const verdict = validator.check(token);
    if (!verdict.ok) throw new Error(verdict.reason);
    return { token, verdict };
  }
});

describe('the time of the system', () => {
  let wallMs = 1_700_000_000_000;
  let steadyMs = 5_000;
  const clocks = { wallMs: () => wallMs, steadyMs: () => steadyMs };
  const pass = (ms: number) => {
    wallMs += ms;
    steadyMs += ms;
  };

  it('counts the time for which the machine slept, though the steady clock stood still', () => {
    const time = new SystemTime(clocks);
    const before = time.monotonicMs();
    pass(10_000);
    wallMs += 3_600_000;
    expect(time.monotonicMs() - before).toBe(3_610_000);
    pass(500);
    expect(time.monotonicMs() - before).toBe(3_610_500);
  });

  it('never goes back, and goes on at its pace, when the wall clock is set back', () => {
    const time = new SystemTime(clocks);
    const before = time.monotonicMs();
    wallMs -= 3_600_000;
    expect(time.monotonicMs() - before).toBe(0);
    pass(2_000);
    expect(time.monotonicMs() - before).toBe(2_000);
  });

  it('does not run ahead with the grain of the wall clock', () => {
    const time = new SystemTime(clocks);
    const before = time.monotonicMs();
    for (let i = 0; i < 1_000; i++) {
      steadyMs += 0.5;
      if (i % 2 === 0) wallMs += 1;
      time.monotonicMs();
    }
    expect(time.monotonicMs() - before).toBe(500);
  });
});
