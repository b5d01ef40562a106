import { randomBytes } from 'node:crypto';
import { createSessionValidator, type SessionValidator } from '@gatehouse/session-validator';
import { eventually } from '@gatehouse/testing';
import { ScriptedLog } from '../../test/scripted-log.js';
import { InProcessFeed } from './in-process-feed.js';

describe('the feed of this process’s own validator', () => {
  let log: ScriptedLog;
  let validator: SessionValidator | undefined;
  let told: string[];

  function watch(): SessionValidator {
    validator = createSessionValidator({
      jwtSecret: randomBytes(32).toString('base64'),
      issuer: 'https://auth.example.test',
      audience: 'gatehouse',
      feed: new InProcessFeed(log, () => performance.now()),
      warn: () => undefined,
    });
    validator.onRevoked(({ value }) => told.push(value));
    return validator;
  }

  beforeEach(() => {
    log = new ScriptedLog();
    told = [];
  });
  afterEach(async () => {
    await validator?.close();
    expect(log.listening).toBe(0);
  });

  it('brings what the log holds, then what is appended, at once', async () => {
    log.add('before');
    log.add();
    expect(await watch().ready()).toBe(true);
    expect(told).toEqual(['before']);
    log.add('after');
    await eventually(() => expect(told).toEqual(['before', 'after']), { timeoutMs: 100, everyMs: 1 });
  });

  it('is not complete before a heartbeat, which alone proves that the list is whole', async () => {
    log.add('entry');
    const started = watch();
    expect(await started.ready(50)).toBe(false);
    expect(started.check('e30.e30.c2ln')).toMatchObject({ ok: false });
    log.add();
    expect(await started.ready(2_000)).toBe(true);
  });

  it('is proven fresh by each heartbeat', async () => {
    log.add();
    const started = watch();
    await started.ready();
    log.add();
    await eventually(() => expect(started.health().feed.state).toBe('fresh'));
  });

  it('reads another life of the log whole, and keeps what it knew', async () => {
    log.add('old');
    log.add();
    const started = watch();
    await started.ready();
    log.restart('epoch-2', 5);
    log.losesNotices = true;
    log.add('replayed');
    log.losesNotices = false;
    log.add();
    await eventually(() => expect(told).toEqual(['old', 'replayed']));
    await eventually(() => expect(started.health().feed.epoch).toBe('epoch-2'));
    log.add('news');
    await eventually(() => expect(told).toEqual(['old', 'replayed', 'news']));
  });

  it('comes back after an outage, and brings what happened meanwhile', async () => {
    log.add();
    const started = watch();
    await started.ready();
    log.away = true;
    log.losesNotices = true;
    log.add('meanwhile');
    // Quiet for so long that the log is asked, in vain.
    await new Promise((resolve) => setTimeout(resolve, 2_200));
    log.away = false;
    log.losesNotices = false;
    log.add();
    await eventually(() => expect(told).toEqual(['meanwhile']));
  });
});
