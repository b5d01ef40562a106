import { LuaScript } from '@gatehouse/redis';
import { flag } from './flag.js';
import { untilItsEnd } from './until-its-end.js';

/** Begins the idle time anew. An expiry that is set on a key does not bring it back, and neither does this. */
export const touchSession = new LuaScript({
  keys: ['session'],
  args: ['idleMs', 'lastSeenAtMs'],
  lua: `${untilItsEnd}
    local known = redis.call('HMGET', KEYS[1], 'expiresAtMs', 'lastSeenAtMs')
    if not known[1] then return 0 end
    local ttl = untilItsEnd(ARGV[1], known[1])
    if ttl <= 0 then
      redis.call('DEL', KEYS[1])
      return 0
    end
    if tonumber(ARGV[2]) > tonumber(known[2]) then redis.call('HSET', KEYS[1], 'lastSeenAtMs', ARGV[2]) end
    redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ttl))
    return 1
  `,
  parse: flag,
});
