import {
  ACTIVITY_STREAM_KEY,
  decodeActivity,
  decodeReport,
  RECEIPT_STREAM_KEY,
  RECEIPT_STREAM_MAX_RECORDS,
  type ValidatorReport,
} from '@gatehouse/contracts';
import { eventually, sleep, startRedis, type RedisServer } from '@gatehouse/testing';
import { createSessionValidator, type SessionValidator, type SessionValidatorConfig } from '../src/index.js';
import { createTestIssuer } from '../src/testing/index.js';
import { anEntry } from './feed.conformance.js';
import { RedisWriter } from './redis-writer.js';

const issuer = createTestIssuer();
/** What the README gives a service. */
const ACL = [
  ...['reset', 'on', '>secret', 'resetchannels', '&token_invalidation', '&key_bundle'],
  ...['%R~rev:log', '%R~rev:key-bundle', '%W~rev:receipts', '%W~rev:activity'],
  ...['+xrange', '+get', '+subscribe', '+xadd', '+info', '+ping', '+client|setname'],
];

let redis: RedisServer;
let writer: RedisWriter;
let beating: NodeJS.Timeout;
const validators: SessionValidator[] = [];

beforeAll(async () => {
  redis = await startRedis();
});
afterAll(() => redis.kill());
beforeEach(async () => {
  await redis.flush();
  writer = new RedisWriter(redis.url);
  await writer.publishBundle(issuer.keyBundle());
  await writer.beat();
  beating = setInterval(() => void writer.beat().catch(() => undefined), 200);
});
afterEach(async () => {
  clearInterval(beating);
  await Promise.all(validators.splice(0).map((validator) => validator.close()));
  writer.close();
});

async function aValidator(config: Partial<SessionValidatorConfig> = {}) {
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  const validator = createSessionValidator({ redisUrl: redis.url, trustAnchor: issuer.trustAnchor, warn, ...config });
  validators.push(validator);
  expect(await validator.ready()).toBe(true);
  return { validator, warnings };
}

async function reports(): Promise<ValidatorReport[]> {
  const found = (await redis.command('XRANGE', RECEIPT_STREAM_KEY, '-', '+')) as [string, string[]][];
  return found.map(([, fields]) => {
    expect(fields.filter((_field, i) => i % 2 === 0)).toEqual(['v', 'report']);
    const report = decodeReport(fields[3] ?? '');
    if (!report) throw new Error('a report cannot be read');
    return report;
  });
}

/** Ends a session, and says when it was refused. */
async function endOne(validator: SessionValidator) {
  const claims = issuer.claims();
  const { position } = await writer.append(anEntry({ value: claims.sid }));
  await eventually(() => expect(validator.check(issuer.token(claims))).toMatchObject({ reason: 'SESSION_REVOKED' }));
  return { position, refusedAtMs: Date.now() };
}

describe('a validator on Redis', () => {
  it('reports once a second what it enforces, and since when', async () => {
    const { validator, warnings } = await aValidator({ serviceName: 'orders', instanceName: 'pod-1' });
    const { position, refusedAtMs } = await endOne(validator);
    await eventually(async () => {
      const mark = (await reports()).flatMap(({ marks }) => marks).find(([at]) => at === position);
      expect(Math.abs((mark?.[1] ?? 0) - refusedAtMs)).toBeLessThan(500);
    });
    await sleep(2_000);
    const all = await reports();
    expect(all.length).toBeGreaterThanOrEqual(3);
    expect(all.length).toBeLessThanOrEqual(6);
    expect(all[0]).toMatchObject({ service: 'orders', name: 'pod-1', mode: 'redis', from: '0-0' });
    // Each one goes on where the one before ended.
    for (const [i, report] of all.slice(1).entries()) expect(report.from).toBe(all[i]?.position);
    expect(warnings).toEqual([]);
  });

  it('says goodbye', async () => {
    const { validator } = await aValidator();
    await eventually(async () => expect(await reports()).not.toEqual([]));
    await validator.close();
    expect((await reports()).at(-1)?.leaving).toBe(true);
  });

  it('writes that one key and no other, and nothing when it is told not to', async () => {
    const before = (await redis.command('KEYS', '*')) as string[];
    await aValidator({ receipts: false });
    await sleep(1_300);
    expect(await redis.command('KEYS', '*')).toEqual(before);
    await aValidator();
    await eventually(async () => expect(await redis.command('EXISTS', RECEIPT_STREAM_KEY)).toBe(1));
    const after = (await redis.command('KEYS', '*')) as string[];
    expect(after.filter((key) => !before.includes(key))).toEqual([RECEIPT_STREAM_KEY]);
  });

  it('needs no more rights than the README says', async () => {
    await redis.command('ACL', 'SETUSER', 'orders', ...ACL);
    const redisUrl = redis.url.replace('redis://', 'redis://orders:secret@');
    const { validator, warnings } = await aValidator({ redisUrl });
    await endOne(validator);
    await eventually(async () => expect((await reports()).length).toBeGreaterThan(1), { timeoutMs: 4_000 });
    expect(warnings).toEqual([]);
    const denied = JSON.stringify(await redis.command('ACL', 'LOG'));
    expect(denied).not.toMatch(/xadd|rev:/);
  });

  it('judges on where it may not report, and says so once', async () => {
    await redis.command('ACL', 'SETUSER', 'reader', ...ACL.filter((rule) => rule !== '+xadd'));
    const redisUrl = redis.url.replace('redis://', 'redis://reader:secret@');
    const { validator, warnings } = await aValidator({ redisUrl });
    const connections = async () => String(await redis.command('INFO', 'stats'));
    const made = async () => /total_connections_received:(\d+)/.exec(await connections())?.[1];
    await endOne(validator);
    const before = Number(await made());
    await sleep(2_500);
    await endOne(validator);
    expect(warnings).toEqual([expect.stringContaining('NOPERM')]);
    expect(await reports()).toEqual([]);
    // A refusal is an answer; it costs no connection. The rest are this test's own questions.
    expect(Number(await made()) - before).toBeLessThanOrEqual(3);
  });

  it.each([
    ['something else lies in its place', ['SET', RECEIPT_STREAM_KEY, 'x'], ['DEL', RECEIPT_STREAM_KEY], 'WRONGTYPE'],
    ['Redis is out of memory', ['CONFIG', 'SET', 'maxmemory', '1'], ['CONFIG', 'SET', 'maxmemory', '0'], 'OOM'],
  ] as const)('judges on while %s, and reports again afterwards', async (_what, spoil, mend, code) => {
    const { validator, warnings } = await aValidator();
    clearInterval(beating);
    const { position } = await endOne(validator);
    await redis.command(...(spoil as unknown as [string, ...string[]]));
    await eventually(() => expect(warnings).toEqual([expect.stringContaining(code)]), { timeoutMs: 4_000 });
    expect(validator.check(issuer.token())).toMatchObject({ ok: true });
    await redis.command(...(mend as unknown as [string, ...string[]]));
    await eventually(async () => expect((await reports()).at(-1)?.position).toBe(position), { timeoutMs: 12_000 });
  });

  it('queues nothing while Redis is away', async () => {
    const { validator, warnings } = await aValidator();
    await eventually(async () => expect(await reports()).not.toEqual([]));
    await redis.kill();
    await sleep(3_500);
    expect(validator.check(issuer.token())).toMatchObject({ ok: true });
    await redis.start();
    const before = (await reports()).length;
    await sleep(1_500);
    // One a second, as ever: those of the time in between were dropped.
    expect((await reports()).length - before).toBeLessThanOrEqual(3);
    await eventually(async () => expect((await reports()).length).toBeGreaterThan(before), { timeoutMs: 5_000 });
    expect(warnings.filter((text) => text.includes('reported'))).toEqual([]);
  });

  it('ends in time while Redis stands still', async () => {
    const { validator } = await aValidator();
    await eventually(async () => expect(await reports()).not.toEqual([]));
    redis.pause();
    const startedAtMs = performance.now();
    await validator.close();
    redis.resume();
    expect(performance.now() - startedAtMs).toBeLessThan(2_500);
  });

  it('adds what it counted to a stream of its own, with what was counted while Redis was away', async () => {
    const { validator, warnings } = await aValidator();
    const claims = issuer.claims();
    const token = issuer.token(claims);
    for (let i = 0; i < 3; i++) expect(validator.check(token, undefined, '192.0.2.7').ok).toBe(true);
    await redis.kill();
    await eventually(() => expect(warnings).toHaveLength(1));
    expect(validator.check(token, undefined, '192.0.2.8').ok).toBe(true);
    await redis.start();
    await redis.flush();
    await eventually(async () => expect(await reports()).not.toEqual([]), { timeoutMs: 5_000 });
    await validator.close();
    const [[, fields] = ['', []], ...more] = (await redis.command('XRANGE', ACTIVITY_STREAM_KEY, '-', '+')) as [
      string,
      string[],
    ][];
    expect(more).toEqual([]);
    const batch = decodeActivity(fields[7] ?? '');
    expect(fields.slice(0, 7)).toEqual(['v', '1', 'from', batch?.instance, 'n', '1', 'batch']);
    expect(batch?.sessions).toEqual([
      {
        userId: Number(claims.sub),
        sessionId: claims.sid,
        requests: 4,
        agoMs: expect.any(Number) as number,
        ipAddresses: ['192.0.2.7', '192.0.2.8'],
      },
    ]);
    expect(JSON.stringify(fields)).not.toContain(token.slice(-40));
  });

  it('keeps the stream short', async () => {
    const text = JSON.stringify({});
    for (let i = 0; i < 25; i++) {
      await redis.command(
        'EVAL',
        `for i = 1, 1000 do redis.call('XADD', KEYS[1], '*', 'v', '1', 'report', ARGV[1]) end`,
        '1',
        RECEIPT_STREAM_KEY,
        text,
      );
    }
    await aValidator();
    await eventually(async () => {
      const length = Number(await redis.command('XLEN', RECEIPT_STREAM_KEY));
      expect(length).toBeLessThan(RECEIPT_STREAM_MAX_RECORDS * 1.05);
    });
  });
});
