import { RECEIPT_STREAM_KEY, encodeReport } from '@gatehouse/contracts';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import { Clock, SystemClock } from '@gatehouse/kernel';
import { FakeClock } from '@gatehouse/kernel/testing';
import { connectRedis, parseRedisSettings, type RedisConnection } from '@gatehouse/redis';
import { eventually, startRedis, type RedisServer } from '@gatehouse/testing';
import { aReport } from '../../test/reports.js';
import { MemoryReceiptBoard } from './adapters/memory-receipt-board.js';
import { RedisReceiptBoard } from './adapters/redis-receipt-board.js';
import { describeReceiptBoard } from '../../test/receipt-board.conformance.js';

describeReceiptBoard('memory', async (settings) => {
  const clock = new FakeClock();
  const board = new MemoryReceiptBoard(clock, settings);
  return { board, other: board, nowMs: async () => clock.nowMs(), elapse: async (ms) => clock.advance(ms) };
});

let server: RedisServer;
let redis: RedisConnection;
beforeAll(async () => {
  server = await startRedis();
  const { settings } = parseRedisSettings({ REDIS_URL: server.url });
  if (!settings) throw new Error('no Redis');
  redis = connectRedis(settings, { name: 'receipts-test' });
  await eventually(() => expect(redis.status).toBe('ready'));
});
afterAll(async () => {
  redis.disconnect();
  await server.kill();
});
beforeEach(() => server.flush());

/** Redis with a clock that can be put forward: what is written now then counts as written later. */
class AgingRedis {
  agedMs = 0;
  readonly connection = new Proxy(redis, {
    get: (target, name) => {
      if (name === 'time') return () => this.time();
      if (name === 'xadd') return (...given: string[]) => this.xadd(given);
      const member: unknown = Reflect.get(target, name);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });

  private async time(): Promise<number[]> {
    const [seconds, microseconds] = await redis.time();
    return [Number(seconds) + this.agedMs / 1_000, Number(microseconds)];
  }

  private async xadd(given: string[]): Promise<unknown> {
    const id = `${Date.now() + this.agedMs}-*`;
    return redis.call('XADD', ...given.map((part) => (part === '*' ? id : String(part))));
  }
}

describeReceiptBoard('Redis', async (settings) => {
  await server.flush();
  const aging = new AgingRedis();
  const boards = [1, 2].map(() => new RedisReceiptBoard(aging.connection, new SystemClock(), settings));
  return {
    board: boards[0] as RedisReceiptBoard,
    other: boards[1] as RedisReceiptBoard,
    nowMs: async () => Date.now() + aging.agedMs,
    elapse: async (ms) => {
      aging.agedMs += ms;
      await Promise.all(boards.map((board) => board.read()));
    },
  };
});

describe('the board in Redis', () => {
  const aBoard = (clock: Clock = new SystemClock()) => new RedisReceiptBoard(redis, clock);

  it('passes over rubbish, wherever it lies', async () => {
    const [before, after] = [aReport({ service: 'before' }), aReport({ service: 'after' })];
    const write = (...fields: string[]) => redis.call('XADD', RECEIPT_STREAM_KEY, '*', ...fields);
    const board = aBoard();
    await board.post(before);
    await write('v', '2', 'report', encodeReport(aReport()));
    await write('report', encodeReport(aReport()), 'v', '1');
    await write('v', '1', 'report', '{"instance":');
    await write('v', '1', 'report', encodeReport(aReport({ name: '\u0000' })));
    await write('v', '1', 'report', 'x'.repeat(1_000_000));
    await write('v', '1', 'report', '[]', 'more', 'x');
    await write('k', Buffer.from([0xff, 0xfe, 0x00]).toString('latin1'));
    await board.post(after);
    for (const reader of [board, aBoard()]) {
      expect((await reader.read()).validators.map(({ service }) => service)).toEqual(['before', 'after']);
    }
  });

  it('says that it cannot tell while something else is in its place, and goes on when it is gone', async () => {
    const board = aBoard();
    await redis.set(RECEIPT_STREAM_KEY, 'not a stream');
    await expect(board.read()).rejects.toThrow(SessionStoreUnavailable);
    await expect(board.post(aReport())).rejects.toThrow(SessionStoreUnavailable);
    await redis.del(RECEIPT_STREAM_KEY);
    await board.post(aReport({ service: 'orders' }));
    expect((await aBoard().read()).validators.map(({ service }) => service)).toEqual(['orders']);
  });

  it('goes on when Redis has lost the reports', async () => {
    const board = aBoard();
    const report = aReport();
    await board.post(report);
    await board.read();
    await server.flush();
    await board.post(aReport({ ...report, from: '1000-0', position: '2000-0' }));
    expect((await board.read()).validators.map(({ place }) => place.position)).toEqual(['2000-0']);
  });

  it('takes its time from Redis: an instance whose clock is wrong expects whom the others expect', async () => {
    await aBoard().post(aReport());
    const wrong = new FakeClock();
    const [seen] = (await aBoard(wrong).read()).validators;
    expect(seen?.expected).toBe(true);
    expect(Math.abs((seen?.heardAtMs ?? 0) - Date.now())).toBeLessThan(5_000);
  });

  it('stays small, however much is written', async () => {
    const board = aBoard();
    const text = encodeReport(aReport());
    for (let i = 0; i < 25; i++) {
      const pipeline = redis.pipeline();
      for (let n = 0; n < 1_000; n++) pipeline.xadd(RECEIPT_STREAM_KEY, '*', 'v', '1', 'report', text);
      await pipeline.exec();
    }
    await board.post(aReport());
    expect(await redis.xlen(RECEIPT_STREAM_KEY)).toBeLessThan(21_000);
    const startedAtMs = performance.now();
    expect((await board.read()).validators).toHaveLength(2);
    expect(performance.now() - startedAtMs).toBeLessThan(5_000);
  });

  it('is full before twenty thousand strangers are in it', async () => {
    const board = aBoard();
    const honest = aReport({ service: 'orders' });
    await board.post(honest);
    for (let i = 0; i < 20; i++) {
      const pipeline = redis.pipeline();
      for (let n = 0; n < 1_000; n++) {
        const report = encodeReport(aReport({ service: 'stranger' }));
        pipeline.xadd(RECEIPT_STREAM_KEY, 'MAXLEN', '~', 20_000, '*', 'v', '1', 'report', report);
      }
      await pipeline.exec();
      await board.read();
    }
    const { validators, full } = await board.read();
    expect(full).toBe(true);
    expect(validators.length).toBeLessThanOrEqual(1_000);
    expect(validators[0]?.service).toBe('orders');
  });
});
