import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  asValidatorReport,
  comparePositions,
  FEED_START,
  RECEIPT_MAX_MARKS,
  type FeedRecord,
  type ValidatorReport,
} from '@gatehouse/contracts';
import { eventually } from '@gatehouse/testing';
import { createSessionValidator } from '../../create-session-validator.js';
import { createTestIssuer, FakeTime, MemoryFeed } from '../../testing/index.js';
import { VERSION } from '../../version.js';
import { AppliedMarks } from './applied-marks.js';
import { checkConfig } from '../config/check-config.js';
import { configFromEnvironment } from '../config/config-from-environment.js';
import { FeedLedger } from '../feed/feed-ledger.js';
import { ReceiptLoop } from './receipt-loop.js';
import { ReportRefused, type ReceiptReporter } from './receipts.port.js';

/** Keeps what it is told; answers as the test says. */
class Listener implements ReceiptReporter {
  readonly mode = 'custom';
  readonly heard: ValidatorReport[] = [];
  closed = false;
  answer: () => Promise<boolean> = async () => true;

  async report(report: ValidatorReport): Promise<boolean> {
    const taken = await this.answer();
    if (taken) this.heard.push(report);
    return taken;
  }

  close(): void {
    this.closed = true;
  }
}

const identity = { name: 'pod-1', service: 'orders', version: VERSION };
let serial = 0;

/** A ledger, its receipts and a log to feed them from; a report is due whenever the test says so. */
function aLoop() {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask', 'nextTick'] });
  const time = new FakeTime();
  const listener = new Listener();
  const warnings: string[] = [];
  const ledger = new FeedLedger(time, () => undefined);
  const loop = new ReceiptLoop({ reporter: listener, identity }, time, (message) => warnings.push(message));
  loop.start(ledger);
  const place = { epoch: 'e1', last: FEED_START };
  const append = (scope: string | undefined, n = ++serial): FeedRecord => {
    const entry = scope && ({ id: 'r', scope, value: 'v', cutoff: 0, untilMs: 9, reason: 'admin' } as never);
    const record = { position: `${n}-0`, previous: place.last, epoch: place.epoch, ...(entry ? { entry } : {}) };
    place.last = record.position;
    return record;
  };
  const beat = () => ledger.notice(append(undefined));
  const revoke = (scope = 'sid') => {
    const record = append(scope);
    ledger.notice(record);
    return record.position;
  };
  /** Reads the log for the first time. */
  const complete = () => {
    ledger.read(append(undefined));
    ledger.reachedEnd(0);
  };
  /** One interval, and what it sets off. */
  const due = async () => {
    time.advance(1_000);
    await jest.advanceTimersByTimeAsync(1_000);
  };
  return { time, listener, warnings, ledger, loop, place, append, beat, revoke, complete, due };
}

afterEach(() => jest.useRealTimers());

describe('what a validator reports', () => {
  it('begins when its list is complete, since nobody has to wait for one that accepts nothing', async () => {
    const { listener, due, complete, loop, ledger, time } = aLoop();
    await due();
    expect(listener.heard).toEqual([]);
    complete();
    await jest.advanceTimersByTimeAsync(0);
    expect(listener.heard).toMatchObject([
      { ...identity, mode: 'custom', epoch: 'e1', from: FEED_START, position: ledger.position, leaving: false },
    ]);
    expect(listener.heard[0]?.marks).toEqual([[ledger.position, time.nowMs()]]);
    await loop.close();
  });

  it('tells for each entry when it came into force, once', async () => {
    const { listener, due, complete, revoke, beat, time, loop } = aLoop();
    complete();
    await due();
    const began = time.nowMs();
    const first = revoke();
    time.advance(40);
    const second = revoke();
    beat();
    await due();
    await due();
    const [, told, quiet] = listener.heard.slice(-3);
    expect(told?.marks).toEqual([
      [first, began],
      [second, began + 40],
    ]);
    expect(comparePositions(told?.position ?? '', second)).toBeGreaterThan(0);
    expect(quiet).toMatchObject({ from: told?.position, position: told?.position, atMs: told?.atMs, marks: [] });
    await loop.close();
  });

  it('does not say that an entry behind a hole came into force with what was before it', async () => {
    const { listener, due, complete, append, ledger, time, loop } = aLoop();
    complete();
    await due();
    const held = ledger.position;
    const lost = append('sid');
    const seen = append('sid');
    expect(ledger.notice(seen)).toBe('hole');
    await due();
    expect(listener.heard.at(-1)).toMatchObject({ position: held, marks: [] });
    time.advance(5_000);
    const readAtMs = time.nowMs();
    ledger.read(lost);
    ledger.read(seen);
    await due();
    expect(listener.heard.at(-1)?.marks).toEqual([
      [lost.position, readAtMs],
      [seen.position, readAtMs],
    ]);
    await loop.close();
  });

  it('says again what nobody took', async () => {
    const { listener, due, complete, revoke, ledger, loop } = aLoop();
    complete();
    await due();
    const told = ledger.position;
    listener.answer = async () => false;
    const position = revoke();
    await due();
    await due();
    listener.answer = async () => true;
    await due();
    expect(listener.heard.at(-1)).toMatchObject({ from: told, position });
    expect(listener.heard.at(-1)?.marks.map(([at]) => at)).toEqual([position]);
    await loop.close();
  });

  it('begins anew with another life of the log', async () => {
    const { listener, due, complete, revoke, place, append, ledger, loop } = aLoop();
    complete();
    revoke();
    await due();
    Object.assign(place, { epoch: 'e2', last: FEED_START });
    ledger.losePlace();
    const again = append('sid');
    ledger.read(again);
    await due();
    expect(listener.heard.at(-1)).toMatchObject({ epoch: 'e2', from: FEED_START, position: again.position });
    expect(listener.heard.at(-1)?.marks.map(([at]) => at)).toEqual([again.position]);
    await loop.close();
  });

  it('does not fall back when the log has to be read again', async () => {
    const { listener, due, complete, revoke, ledger, loop } = aLoop();
    complete();
    const position = revoke();
    await due();
    ledger.losePlace();
    await due();
    expect(listener.heard.at(-1)).toMatchObject({ position, from: position, marks: [] });
    await loop.close();
  });

  it('counts what it could not enforce, from the first reading on', async () => {
    const { listener, due, complete, append, ledger, revoke, loop } = aLoop();
    ledger.read(append('planet'));
    complete();
    revoke('moon');
    revoke('sid');
    ledger.passOver(append('sid'));
    await due();
    expect(listener.heard.at(-1)?.notUnderstood).toBe(3);
    await loop.close();
  });

  it('is a report that the other side takes', async () => {
    const { listener, due, complete, revoke, loop } = aLoop();
    complete();
    for (let i = 0; i < 3; i++) revoke();
    await due();
    expect(listener.heard.length).toBeGreaterThan(0);
    for (const report of listener.heard) expect(asValidatorReport(report)).toEqual(report);
    expect(new Set(listener.heard.map(({ instance }) => instance)).size).toBe(1);
    await loop.close();
  });

  it('ends with a goodbye, and with the reporter', async () => {
    const { listener, complete, loop } = aLoop();
    complete();
    await jest.advanceTimersByTimeAsync(0);
    await loop.close();
    expect(listener.heard.at(-1)?.leaving).toBe(true);
    expect(listener.closed).toBe(true);
  });

  it('says no goodbye where it never said hello', async () => {
    const { listener, loop } = aLoop();
    await loop.close();
    expect(listener).toMatchObject({ heard: [], closed: true });
  });
});

describe('the other side', () => {
  it('may refuse: the operator hears it once, and it is asked less and less often', async () => {
    const { listener, warnings, due, complete, loop } = aLoop();
    let asked = 0;
    listener.answer = async () => {
      asked += 1;
      throw new ReportRefused('NOPERM');
    };
    complete();
    for (let i = 0; i < 120; i++) await due();
    expect(asked).toBeGreaterThan(4);
    expect(asked).toBeLessThan(12);
    expect(warnings).toEqual([expect.stringContaining('NOPERM')]);
    listener.answer = async () => true;
    for (let i = 0; i < 40; i++) await due();
    expect(listener.heard.length).toBeGreaterThan(5);
    await loop.close();
  });

  it('may throw what it likes: nothing of it is repeated', async () => {
    const { listener, warnings, due, complete, loop } = aLoop();
    listener.answer = () => Promise.reject(new TypeError('redis://user:hunter2@x'));
    complete();
    await due();
    expect(warnings).toEqual([expect.stringContaining('TypeError')]);
    expect(warnings.join()).not.toContain('hunter2');
    await loop.close();
  });

  it('may never answer: one report waits, none are queued, and the service still ends', async () => {
    const { listener, due, complete, loop } = aLoop();
    let asked = 0;
    listener.answer = () => {
      asked += 1;
      return new Promise(() => undefined);
    };
    complete();
    for (let i = 0; i < 20; i++) await due();
    expect(asked).toBe(1);
    const closing = loop.close();
    await jest.advanceTimersByTimeAsync(500);
    await closing;
    expect(listener.closed).toBe(true);
  });
});

describe('marks', () => {
  it('are thinned out when there are many, and never tell a time that is too early', () => {
    const marks = new AppliedMarks();
    for (let i = 1; i <= 10_000; i++) marks.note('e', `${i}-0`, i);
    const told = marks.since('e', '10000-0', 20_000);
    expect(told.marks.length).toBeLessThanOrEqual(RECEIPT_MAX_MARKS);
    expect(told.marks.at(-1)).toEqual(['10000-0', 10_000]);
    for (const [position, atMs] of told.marks) expect(atMs).toBe(Number(position.split('-')[0]));
  });

  it.each([1, 2, 128, 129, 130, 193, 194, 500])('of %i entries keep the last one', (count) => {
    const marks = new AppliedMarks();
    for (let i = 1; i <= count; i++) marks.note('e', `${i}-0`, i);
    expect(marks.since('e', `${count}-0`, 20_000).marks.at(-1)).toEqual([`${count}-0`, count]);
  });

  it('do not go back in time when the clock does', () => {
    const marks = new AppliedMarks();
    marks.note('e', '1-0', 5_000);
    marks.note('e', '2-0', 1_000);
    expect(marks.since('e', '2-0', 1_000)).toMatchObject({
      marks: [
        ['1-0', 5_000],
        ['2-0', 5_000],
      ],
      atMs: 5_000,
    });
  });

  it('that came while a report was under way are in the next one', () => {
    const marks = new AppliedMarks();
    marks.note('e', '1-0', 1);
    const told = marks.since('e', '1-0', 1);
    marks.note('e', '2-0', 2);
    marks.settle('e', told.position);
    expect(marks.since('e', '2-0', 3)).toMatchObject({ from: '1-0', marks: [['2-0', 2]] });
  });
});

describe('receipts in a configuration', () => {
  const issuer = createTestIssuer();
  const keys = { trustAnchor: issuer.trustAnchor, keyBundle: issuer.keyBundle() };
  const sound = { redisUrl: 'redis://127.0.0.1:1', trustAnchor: issuer.trustAnchor };

  it('names what cannot be a name, without repeating it', () => {
    const named = { ...sound, serviceName: 'two words', instanceName: '' };
    expect(() => checkConfig(named)).toThrow(/SERVICE_NAME[^]*INSTANCE_NAME/);
    expect(() => checkConfig(named)).not.toThrow(/two words/);
    expect(() => checkConfig({ ...sound, serviceName: 'orders', instanceName: 'orders-7f/a:1' })).not.toThrow();
  });

  it('cannot be had without a feed', () => {
    expect(() => checkConfig({ ...keys, feed: 'none', receipts: new Listener() })).toThrow(/receipts/);
  });

  it('comes from the environment', () => {
    const read = (environment: Record<string, string>) => configFromEnvironment(environment);
    expect(read({ SERVICE_NAME: 'orders', INSTANCE_NAME: 'a' })).toMatchObject({
      serviceName: 'orders',
      instanceName: 'a',
      receipts: undefined,
    });
    expect(read({ RECEIPTS_ENABLED: 'false' }).receipts).toBe(false);
    expect(read({ RECEIPTS_ENABLED: 'true' }).receipts).toBeUndefined();
  });

  it('reports what the validator enforces, under the names it was given', async () => {
    const [listener, feed] = [new Listener(), new MemoryFeed()];
    const named = { serviceName: 'orders', instanceName: 'pod-1' };
    const validator = createSessionValidator({ ...keys, ...named, feed, receipts: listener });
    const principal = issuer.claims();
    feed.revoke({ scope: 'sid', value: principal.sid });
    await eventually(() => expect(listener.heard.some(({ marks }) => marks.length > 0)).toBe(true), {
      timeoutMs: 3_000,
    });
    expect(validator.check(issuer.token(principal))).toMatchObject({ ok: false, reason: 'SESSION_REVOKED' });
    expect(listener.heard[0]).toMatchObject(identity);
    await validator.close();
    expect(listener.heard.at(-1)?.leaving).toBe(true);
    await feed.close();
  });
});

it('the version in receipts is that of the package', () => {
  const text = readFileSync(join(__dirname, '../../../package.json'), 'utf8');
  expect(VERSION).toBe((JSON.parse(text) as { version: string }).version);
});
