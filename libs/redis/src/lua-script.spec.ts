import { SessionStoreUnavailable } from '@gatehouse/failures';
import { eventually, startRedis, type RedisServer } from '@gatehouse/testing';
import { connectRedis, type RedisConnection } from './connect.js';
import { LuaScript } from './lua-script.js';
import { parseRedisSettings } from './settings.js';

const addTo = new LuaScript({
  keys: ['sum', 'count'],
  args: ['amount', 'word'],
  lua: `
    redis.call('INCR', KEYS[2])
    return {redis.call('INCRBY', KEYS[1], ARGV[1]), ARGV[2], false}
  `,
  parse: (reply) => reply,
});

describe('a script', () => {
  let server: RedisServer;
  let redis: RedisConnection;
  const at = { sum: 's', count: 'c' };

  beforeAll(async () => {
    server = await startRedis();
    redis = connectRedis(parseRedisSettings({ REDIS_URL: server.url }).settings!, { name: 'lua-script-spec' });
    await eventually(() => redis.ping());
  });
  afterAll(async () => {
    redis.disconnect();
    await server.kill();
  });
  beforeEach(() => server.flush());

  it('is given its keys and arguments by name, and its reply as Redis tells it', async () => {
    expect(await addTo.run(redis, { count: 'c', sum: 's' }, { word: 'done', amount: 2 })).toEqual([2, 'done', null]);
    expect(await redis.mget('s', 'c')).toEqual(['2', '1']);
  });

  it('runs once on a server that has forgotten it', async () => {
    await addTo.run(redis, at, { amount: 2, word: '' });
    await server.command('SCRIPT', 'FLUSH');
    expect(await addTo.run(redis, at, { amount: 3, word: '' })).toEqual([5, '', null]);
    expect(await redis.get('c')).toBe('2');
  });

  it('names a refusal of the server, and shows nobody what was sent', async () => {
    await redis.set('s', 'no number');
    const failure: unknown = await addTo
      .run(redis, at, { amount: 1, word: 'hunter2' })
      .catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(SessionStoreUnavailable);
    const { cause } = failure as Error;
    expect(cause).toBeInstanceOf(Error);
    expect((cause as Error).message).toContain('not an integer');
    expect(JSON.stringify(cause, Object.getOwnPropertyNames(cause))).not.toContain('hunter2');
  });

  it('does not take a reply it cannot read for an outage', async () => {
    const unreadable = new LuaScript({
      keys: [],
      args: [],
      lua: 'return 1',
      parse: (): never => {
        throw new TypeError('not what was expected');
      },
    });
    await expect(unreadable.run(redis, {}, {})).rejects.toThrow(TypeError);
  });
});
