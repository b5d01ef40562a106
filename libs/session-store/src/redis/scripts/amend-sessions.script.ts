import { LuaScript } from '@gatehouse/redis';
import { asStrings } from '../replies.js';
import { prelude, preludeArgs, preludeKeys } from './prelude.js';
import { UNRESTORED, unlessUnrestored } from './unless-unrestored.js';

/**
 * Changes one live session (`onlySid`), or all of the user's whose generation lies below a number. What changes is kept
 * beside the facts of the opening, one field each, so that two changes at once never undo each other.
 *
 * Replies with the hashes of those that are still live, and the ids of those that have ended by it.
 */
export const amendSessions = new LuaScript({
  keys: [...preludeKeys],
  args: [...preludeArgs, 'onlySid', 'changes', 'absoluteExpiresAtMs', 'belowGeneration'],
  lua: `${prelude}
    if unrestored() then return '${UNRESTORED}' end
    local changes, absolute, below = cjson.decode(ARGV[4]), ARGV[5], tonumber(ARGV[6])

    local function generation(key)
      local changed = redis.call('HGET', key, 'now:generation')
      return tonumber(changed or cjson.decode(redis.call('HGET', key, 'facts')).generation)
    end

    local done, over = {}, {}
    local sids = ARGV[3] ~= '' and {ARGV[3]} or redis.call('ZRANGE', index, 0, -1)
    for _, sid in ipairs(sids) do
      local key = prefix .. sid
      if alive(sid) and (not below or generation(key) < below) then
        for i = 1, #changes, 2 do redis.call('HSET', key, 'now:' .. changes[i], changes[i + 1]) end
        if absolute ~= '' then
          local d = redis.call('HMGET', key, 'idleTtlMs', 'lastAccessAtMs')
          local idle = math.min(tonumber(d[2]) + tonumber(d[1]), tonumber(absolute))
          redis.call('HSET', key, 'absoluteExpiresAtMs', absolute, 'idleExpiresAtMs', string.format('%.0f', idle))
          if idle <= now then
            bury(sid)
            over[#over + 1] = sid
          end
          redis.call('PEXPIREAT', key, string.format('%.0f', idle))
          local left = redis.call('PTTL', index)
          redis.call('PEXPIRE', index, string.format('%.0f', math.max(left, tonumber(absolute) - now)))
          redis.call('PEXPIRE', restored, string.format('%.0f', math.max(redis.call('PTTL', restored), tonumber(absolute) - now)))
        end
        if alive(sid) then
          redis.call('HINCRBY', key, 'version', 1)
          done[#done + 1] = told(sid)
        end
      end
    end
    return {done, over}
  `,
  parse: unlessUnrestored((reply) => {
    const [done, over] = reply as [unknown[], unknown];
    return { hashes: done.map(asStrings), over: asStrings(over) };
  }),
});
