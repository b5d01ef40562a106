import { LuaScript } from '@gatehouse/redis';
import { prelude, preludeArgs, preludeKeys } from './prelude.js';

/** Adds reported requests to a session that is alive. An ended one stays ended: writing to it would bring back its key. */
export const recordActivity = new LuaScript({
  keys: [...preludeKeys],
  args: [...preludeArgs, 'sid', 'requests', 'lastRequestAtMs', 'ipAddresses', 'maxAddresses'],
  lua: `${prelude}
    local sid = ARGV[2]
    if not alive(sid) then return 0 end
    local key = prefix .. sid
    redis.call('HINCRBY', key, 'requestCount', ARGV[3])
    local last = redis.call('HGET', key, 'lastRequestAtMs')
    if not last or tonumber(last) < tonumber(ARGV[4]) then redis.call('HSET', key, 'lastRequestAtMs', ARGV[4]) end
    local known, seen = cjson.decode(redis.call('HGET', key, 'ipAddresses')), {}
    for _, ip in ipairs(known) do seen[ip] = true end
    for _, ip in ipairs(cjson.decode(ARGV[5])) do
      if not seen[ip] and #known < tonumber(ARGV[6]) then
        known[#known + 1] = ip
        seen[ip] = true
      end
    end
    redis.call('HSET', key, 'ipAddresses', cjson.encode(known))
    touch(sid)
    return 1
  `,
  parse: (reply) => reply === 1,
});
