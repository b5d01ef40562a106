import { LuaScript } from '@gatehouse/redis';
import { asStrings } from '../replies.js';
import { prelude, preludeArgs, preludeKeys } from './prelude.js';
import { UNRESTORED, unlessUnrestored } from './unless-unrestored.js';

/**
 * Changes one live session (`onlySid`), or all of the user's whose generation lies below a number. What changes is kept
 * beside the facts of the opening, one field each, so that two changes at once never undo each other.
 *
 * Replies with the hashes of those that are still live, and of those that have ended by it the id and which limit it was.
 */
export const amendSessions = new LuaScript({
  keys: [...preludeKeys],
  args: [
    ...[...preludeArgs, 'onlySid', 'changes', 'absoluteExpiresAtMs', 'belowGeneration'],
    ...['endsByMs', 'idleAtMostMs'],
  ] as const,
  lua: `${prelude}
    if unrestored() then return '${UNRESTORED}' end
    local changes, absolute, below = cjson.decode(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
    local endsBy, idleAtMost = tonumber(ARGV[7]), tonumber(ARGV[8])

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
        if absolute or endsBy or idleAtMost then
          local d = redis.call('HMGET', key, 'idleTtlMs', 'lastAccessAtMs', 'absoluteExpiresAtMs')
          local ttl = math.min(tonumber(d[1]), idleAtMost or math.huge)
          local ends = math.min(absolute or tonumber(d[3]), endsBy or math.huge)
          local idle = math.min(tonumber(d[2]) + ttl, ends)
          if idle <= now then
            -- Before its deadlines move: it is buried for as long as it could have lived.
            bury(sid)
            over[#over + 1] = {sid, ends > now and 'idle_timeout' or 'absolute_timeout'}
          end
          redis.call('HSET', key, 'idleTtlMs', string.format('%.0f', ttl),
            'absoluteExpiresAtMs', string.format('%.0f', ends), 'idleExpiresAtMs', string.format('%.0f', idle))
          redis.call('PEXPIREAT', key, string.format('%.0f', idle))
          local left = redis.call('PTTL', index)
          redis.call('PEXPIRE', index, string.format('%.0f', math.max(left, ends - now)))
          redis.call('PEXPIRE', restored, string.format('%.0f', math.max(redis.call('PTTL', restored), ends - now)))
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
    const [done, over] = reply as [unknown[], unknown[]];
    return { hashes: done.map(asStrings), over: over.map(asStrings) };
  }),
});
