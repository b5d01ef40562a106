import { LuaScript } from '@gatehouse/redis';
import { flag } from './flag.js';

/**
 * Compare-and-set. The generation is compared with that of a session which must be there: one that ended while its tokens were
 * being renewed is not brought back, and of two renewals one is kept whole.
 */
export const replaceTokens = new LuaScript({
  keys: ['session'],
  args: ['generation', 'tokens'],
  lua: `
    if redis.call('HGET', KEYS[1], 'generation') ~= ARGV[1] then return 0 end
    redis.call('HSET', KEYS[1], 'tokens', ARGV[2])
    redis.call('HINCRBY', KEYS[1], 'generation', 1)
    return 1
  `,
  parse: flag,
});
