import { LuaScript } from '@gatehouse/redis';
import { flag } from './flag.js';
import { untilItsEnd } from './until-its-end.js';

/** Writes a session under an id that is not taken and was not given up a moment ago. */
export const createSession = new LuaScript({
  keys: ['session', 'gone'],
  args: ['idleMs', 'expiresAtMs', 'fields'],
  lua: `${untilItsEnd}
    if redis.call('EXISTS', KEYS[1], KEYS[2]) > 0 then return 0 end
    local ttl = untilItsEnd(ARGV[1], ARGV[2])
    if ttl <= 0 then return 0 end
    local fields = cjson.decode(ARGV[3])
    for i = 1, #fields, 2 do redis.call('HSET', KEYS[1], fields[i], fields[i + 1]) end
    redis.call('PEXPIRE', KEYS[1], string.format('%.0f', ttl))
    return 1
  `,
  parse: flag,
});
