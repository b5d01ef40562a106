import { LuaScript } from '@gatehouse/redis';
import { asStrings } from '../replies.js';
import { prelude, preludeArgs, preludeKeys } from './prelude.js';
import { UNRESTORED, unlessUnrestored } from './unless-unrestored.js';

/**
 * Adds reported requests to a session that is alive, and replies with its hash. An ended one stays ended: writing to it would
 * bring back its key.
 */
export const recordActivity = new LuaScript({
  keys: [...preludeKeys],
  args: [...preludeArgs, 'sid', 'requests', 'lastRequestAtMs', 'ipAddresses', 'maxAddresses'],
  lua: `${prelude}
    if unrestored() then return '${UNRESTORED}' end
    local sid = ARGV[3]
    if not alive(sid) then return {} end
    local key = prefix .. sid
    redis.call('HINCRBY', key, 'requestCount', ARGV[4])
    local last = redis.call('HGET', key, 'lastRequestAtMs')
    if not last or tonumber(last) < tonumber(ARGV[5]) then redis.call('HSET', key, 'lastRequestAtMs', ARGV[5]) end
    local known, seen = cjson.decode(redis.call('HGET', key, 'ipAddresses')), {}
    for _, ip in ipairs(known) do seen[ip] = true end
    for _, ip in ipairs(cjson.decode(ARGV[6])) do
      if not seen[ip] and #known < tonumber(ARGV[7]) then
        known[#known + 1] = ip
        seen[ip] = true
      end
    end
    redis.call('HSET', key, 'ipAddresses', cjson.encode(known))
    touch(sid, tonumber(ARGV[5]))
    return told(sid)
  `,
  parse: unlessUnrestored(asStrings),
});
