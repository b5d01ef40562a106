import { randomBytes } from 'node:crypto';
import {
  ACTIVITY_INTERVAL_MS,
  ACTIVITY_MAX_SESSIONS,
  asActivityBatch,
  encodeActivity,
  type ActivityBatch,
} from '@gatehouse/contracts';
import { configFromEnvironment } from '../config/config-from-environment.js';
import { createSessionValidator } from '../../create-session-validator.js';
import { createTestIssuer, FakeTime, MemoryFeed } from '../../testing/index.js';
import { ReportRefused } from '../receipts/receipts.port.js';
import type { ActivityReporter } from './activity.port.js';
import { ActivityLoop } from './activity-loop.js';

const issuer = createTestIssuer();
const aSessionId = () => randomBytes(32).toString('hex');

/** Keeps what it is told; answers as the test says. */
class Listener implements ActivityReporter {
  readonly heard: ActivityBatch[] = [];
  readonly offered: ActivityBatch[] = [];
  closed = false;
  answer: () => Promise<boolean> = async () => true;

  async report(batch: ActivityBatch): Promise<boolean> {
    expect(asActivityBatch(JSON.parse(encodeActivity(batch)))).toEqual(batch);
    this.offered.push(batch);
    const taken = await this.answer();
    if (taken) this.heard.push(batch);
    return taken;
  }

  close(): void {
    this.closed = true;
  }

  /** Requests it was told of, by session. */
  counts(): Record<string, number> {
    const all: Record<string, number> = {};
    for (const { sessions } of this.heard) {
      for (const { sessionId, requests } of sessions) all[sessionId] = (all[sessionId] ?? 0) + requests;
    }
    return all;
  }
}

const running: { close(): Promise<void> }[] = [];
afterEach(async () => {
  jest.useRealTimers();
  await Promise.all(running.splice(0).map((one) => one.close()));
});

function aValidator() {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] });
  const time = new FakeTime();
  const listener = new Listener();
  const warnings: string[] = [];
  const feed = new MemoryFeed({ beats: false, monotonicMs: () => time.monotonicMs() });
  const validator = createSessionValidator({
    trustAnchor: issuer.trustAnchor,
    keyBundle: issuer.keyBundle(),
    feed,
    activity: listener,
    time,
    warn: (message) => warnings.push(message),
  });
  feed.beat();
  running.push(validator);
  /** One interval, and what it sets off. */
  const due = async () => {
    time.advance(ACTIVITY_INTERVAL_MS);
    await jest.advanceTimersByTimeAsync(ACTIVITY_INTERVAL_MS);
  };
  return { time, listener, warnings, feed, validator, due };
}

describe('requests of a session', () => {
  it('are counted as its tokens are accepted, and reported together after a few seconds', async () => {
    const { validator, listener, due, time } = aValidator();
    const claims = issuer.claims();
    const [first, second] = [issuer.token(claims), issuer.token({ ...claims, jti: 'another' })];
    expect(validator.check(first, undefined, '192.0.2.1').ok).toBe(true);
    time.advance(1_000);
    expect((await validator.decide(second, undefined, '2001:db8::1')).ok).toBe(true);
    expect((await validator.validateAccessToken(first)).ok).toBe(true);
    expect(listener.offered).toEqual([]);
    await due();
    await due();
    expect(listener.heard).toEqual([
      {
        instance: expect.stringMatching(/^[0-9a-f-]{36}$/) as unknown,
        batch: 1,
        sessions: [
          {
            userId: Number(claims.sub),
            sessionId: claims.sid,
            requests: 3,
            // As of the last second that the validator has seen begin.
            agoMs: ACTIVITY_INTERVAL_MS + 1_000,
            ipAddresses: ['192.0.2.1', '2001:db8::1'],
          },
        ],
      },
    ]);
    expect(validator.metrics()).toMatchObject({ activityReported: 3, activityDropped: 0, activityWaiting: 0 });
  });

  it('begin again at none after a report, with the same token', async () => {
    const { validator, listener, due } = aValidator();
    const claims = issuer.claims();
    const token = issuer.token(claims);
    for (let i = 1; i <= 3; i++) {
      for (let j = 0; j < i; j++) validator.check(token);
      await due();
    }
    expect(listener.heard.map(({ batch, sessions }) => [batch, sessions[0]?.requests])).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
  });

  it('count only when they are accepted: not refused ones, not explanations, not those of services', async () => {
    const { validator, listener, due, feed, time } = aValidator();
    const claims = issuer.claims();
    const token = issuer.token(claims);
    validator.explain(token);
    feed.revoke({ scope: 'sid', value: claims.sid });
    validator.check(token);
    validator.check('x');
    const service = issuer.claims();
    const ofService = issuer.token({ ...service, sub: 'svc_billing01', client_id: 'svc_billing01' });
    validator.check(ofService);
    time.advance(60_000);
    validator.check(issuer.token(issuer.claims()), { freshness: 'closed' });
    await due();
    expect(validator.metrics().decisions.OK).toBe(0);
    expect(listener.offered).toEqual([]);
    expect(validator.check(ofService, { serviceAccounts: true }).ok).toBe(true);
    await due();
    expect(listener.offered).toEqual([]);
  });

  it.each([
    ['a word', 'x'],
    ['nothing', ''],
    ['numbers that are too high', '256.1.1.1'],
    ['markup', '<script>'],
    ['one of this machine only', 'fe80::1%eth0'],
    ['two', '1.2.3.4, 5.6.7.8'],
    ['a text without end', '1'.repeat(10_000)],
    ['a number', 1],
    ['a list', ['192.0.2.1']],
    [
      'an object that fights back',
      {
        toString: () => {
          throw new Error('no');
        },
      },
    ],
  ])('are told without an address that is none: %s', async (_what, address) => {
    const { validator, listener, due } = aValidator();
    expect(validator.check(issuer.token(), undefined, address as string).ok).toBe(true);
    await due();
    expect(listener.heard[0]?.sessions).toMatchObject([{ requests: 1, ipAddresses: [] }]);
  });

  it('are told with few addresses, however many there were', async () => {
    const { validator, listener, due } = aValidator();
    const token = issuer.token();
    for (let i = 0; i < 50; i++) validator.check(token, undefined, `2001:db8:ffff:ffff:ffff:ffff:ffff:${1_000 + i}`);
    await due();
    expect(listener.heard[0]?.sessions).toMatchObject([{ requests: 50 }]);
    expect(listener.heard[0]?.sessions[0]?.ipAddresses).toHaveLength(4);
  });

  it('of one session are one count, whichever of its tokens come in whichever turn', async () => {
    const { validator, listener, due } = aValidator();
    const claims = issuer.claims();
    const tokens = ['a', 'b', 'c'].map((jti) => issuer.token({ ...claims, jti }));
    for (let i = 0; i < 100; i++) validator.check(tokens[(i * i) % 3] ?? '', undefined, `192.0.2.${i % 2}`);
    await due();
    for (let i = 0; i < 50; i++) validator.check(tokens[i % 3] ?? '');
    await due();
    expect(listener.heard.map(({ sessions }) => sessions.map(({ requests }) => requests))).toEqual([[100], [50]]);
    expect(listener.heard[0]?.sessions[0]?.ipAddresses).toEqual(['192.0.2.0', '192.0.2.1']);
  });

  it('of many sessions come in batches that the other side reads', async () => {
    const { validator, listener, due } = aValidator();
    const ids = Array.from({ length: 150 }, aSessionId);
    for (const sid of ids) {
      const token = issuer.token({ ...issuer.claims(), sid });
      for (let i = 0; i < 4; i++) validator.check(token, undefined, `2001:db8:ffff:ffff:ffff:ffff:ffff:${1_000 + i}`);
    }
    await due();
    expect(Object.keys(listener.counts()).sort()).toEqual([...ids].sort());
    expect(listener.heard.map(({ batch }) => batch)).toEqual(listener.heard.map((_, i) => i + 1));
    for (const { sessions } of listener.heard) expect(sessions.length).toBeLessThanOrEqual(ACTIVITY_MAX_SESSIONS);
  });
});

describe('while nobody takes them', () => {
  it('one batch is offered again under its number, and all else adds up behind it', async () => {
    const { validator, listener, due, warnings } = aValidator();
    const claims = issuer.claims();
    const token = issuer.token(claims);
    listener.answer = async () => false;
    validator.check(token);
    await due();
    for (let i = 0; i < 3; i++) {
      validator.check(token);
      await due();
    }
    expect(listener.offered.map(({ batch, sessions }) => [batch, sessions[0]?.requests])).toEqual(
      Array.from({ length: 4 }, () => [1, 1]),
    );
    // The moment it came, though it is told later and later.
    expect(listener.offered.at(-1)?.sessions[0]?.agoMs).toBe(4 * ACTIVITY_INTERVAL_MS);
    listener.answer = async () => true;
    await due();
    expect(listener.heard.map(({ batch, sessions }) => [batch, sessions[0]?.requests])).toEqual([
      [1, 1],
      [2, 3],
    ]);
    expect(warnings).toEqual([]);
  });

  it('the sessions counted longest ago are given up for new ones, and their requests counted as lost', async () => {
    jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] });
    const time = new FakeTime();
    const listener = new Listener();
    const loop = new ActivityLoop(listener, time, () => undefined, 3);
    running.push(loop);
    const tokens = Array.from({ length: 5 }, (_, i) => aToken(`${i}`));
    for (const token of tokens) loop.tally.note(token, undefined);
    // One that was given up counts from the start when it comes again.
    loop.tally.note(tokens[0]!, undefined);
    expect([loop.tally.size, loop.tally.droppedRequests]).toEqual([3, 3]);
    loop.start();
    await jest.advanceTimersByTimeAsync(ACTIVITY_INTERVAL_MS);
    expect(Object.keys(listener.counts()).map((id) => id[0])).toEqual(['3', '4', '0']);
  });

  it('who refuses is asked less and less often', async () => {
    const { validator, listener, due, warnings } = aValidator();
    listener.answer = () => Promise.reject(new ReportRefused('NOPERM'));
    validator.check(issuer.token());
    for (let i = 0; i < 30; i++) await due();
    expect(warnings).toEqual([expect.stringContaining('NOPERM')]);
    expect(listener.offered.map(({ batch }) => batch)).toEqual([1, 1, 1]);
    expect(validator.metrics()).toMatchObject({ activityReported: 0, activityDropped: 1, activityWaiting: 0 });
    listener.answer = async () => true;
    validator.check(issuer.token());
    for (let i = 0; i < 13; i++) await due();
    // A number is never used for two batches.
    expect(listener.heard.map(({ batch }) => batch)).toEqual([2]);
  });

  it('judging goes on, and one report at a time waits', async () => {
    const { validator, listener, due } = aValidator();
    let arrive = (_taken: boolean): void => undefined;
    listener.answer = () => new Promise((resolve) => (arrive = resolve));
    const token = issuer.token();
    validator.check(token);
    for (let i = 0; i < 3; i++) await due();
    expect(listener.offered).toHaveLength(1);
    expect(validator.check(token).ok).toBe(true);
    listener.answer = async () => true;
    arrive(true);
    await due();
    expect(listener.heard.map(({ sessions }) => sessions[0]?.requests)).toEqual([1, 1]);
  });
});

describe('a service that ends', () => {
  it('tells what is left', async () => {
    const { validator, listener } = aValidator();
    validator.check(issuer.token());
    await validator.close();
    expect(listener.heard).toHaveLength(1);
    expect(listener.closed).toBe(true);
  });

  it('waits half a second for that, and no longer', async () => {
    const { validator, listener } = aValidator();
    listener.answer = () => new Promise(() => undefined);
    validator.check(issuer.token());
    const closing = validator.close();
    await jest.advanceTimersByTimeAsync(500);
    await closing;
    expect(listener.closed).toBe(true);
  });
});

it('is off where somebody says so, and where there is nowhere to report to', async () => {
  expect(configFromEnvironment({ ACTIVITY_ENABLED: 'false' }).activity).toBe(false);
  expect(configFromEnvironment({}).activity).toBeUndefined();
  const validator = createSessionValidator({
    trustAnchor: issuer.trustAnchor,
    keyBundle: issuer.keyBundle(),
    feed: new MemoryFeed(),
  });
  running.push(validator);
  expect(validator.countsRequests).toBe(false);
  validator.check(issuer.token());
  expect(validator.metrics().activityWaiting).toBe(0);
});

/** As much of a verified token as counting looks at. */
function aToken(digit: string) {
  const principal = { userId: 1, sessionId: digit.repeat(64) };
  return { isOfService: false, verdict: { principal }, uses: 0, usedAtSecond: 0, usedFrom: undefined };
}
