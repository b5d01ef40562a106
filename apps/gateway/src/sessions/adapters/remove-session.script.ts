import { LuaScript } from '@gatehouse/redis';
import { flag } from './flag.js';

/** The mark is written whether there was a session or not: one whose opening is still under way finds it. */
export const removeSession = new LuaScript({
  keys: ['session', 'gone', 'refreshLease', 'providerLease'],
  args: ['goneForMs'],
  lua: `
    redis.call('SET', KEYS[2], '1', 'PX', ARGV[1])
    redis.call('DEL', KEYS[3], KEYS[4])
    return redis.call('DEL', KEYS[1])
  `,
  parse: flag,
});
