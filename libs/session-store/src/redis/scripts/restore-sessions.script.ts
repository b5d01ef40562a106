import { LuaScript } from '@gatehouse/redis';
import { asStrings } from '../replies.js';
import { prelude, preludeArgs, preludeKeys } from './prelude.js';

/**
 * Compares the user's sessions with those of the ledger: what is missing or older here is made anew, what has ended there ends
 * here, and what was buried here stays so. Then says that it was done, for as long as anything is here. Before that, sessions
 * that say what we did not write are dropped (pairs of an id and the version that was seen): the ledger's account takes their place.
 *
 * Of two accounts of a session the one with more rotations is true; of two of the same rotation the one that rotated first,
 * because the other was made by a server that had forgotten the first; then the one with more changes.
 *
 * Replies with the ids that changed, and with the hashes of sessions of which the ledger knows less than is here.
 */
export const restoreSessions = new LuaScript({
  keys: [...preludeKeys],
  args: [...preludeArgs, 'records', 'endedIds', 'keepMs', 'distrusted'],
  lua: `${prelude}
    local changed, news, inLedger = {}, {}, {}

    -- Somebody else's word. Unless it has been mended meanwhile.
    for _, one in ipairs(cjson.decode(ARGV[6])) do
      if (redis.call('HGET', prefix .. one[1], 'version') or '') == one[2] then drop(one[1]) end
    end

    for _, sid in ipairs(cjson.decode(ARGV[4])) do
      inLedger[sid] = 'ended'
      bury(sid)
      if drop(sid) > 0 then changed[#changed + 1] = sid end
    end

    -- 1: the ledger's account is true; -1: ours; 0: they are one.
    local function compare(record, key)
      local own = redis.call('HMGET', key, 'id', 'version', 'rotatedAtMs')
      if not own[1] then return 1 end
      local rotation = rotationOf(key)
      if record.rotation ~= rotation then return record.rotation > rotation and 1 or -1 end
      local rotatedAt = tonumber(own[3] or '0')
      if record.rotatedAtMs ~= rotatedAt then return record.rotatedAtMs < rotatedAt and 1 or -1 end
      local version = tonumber(own[2] or '0')
      if record.version ~= version then return record.version > version and 1 or -1 end
      return 0
    end

    local longest = tonumber(ARGV[5])
    for _, record in ipairs(cjson.decode(ARGV[3])) do
      local sid = record.sid
      local key = prefix .. sid
      local isOver = redis.call('ZSCORE', gone, sid) or redis.call('HEXISTS', ended, sid) == 1
      if not isOver and record.idleExpiresAtMs > now then
        longest = math.max(longest, record.absoluteExpiresAtMs - now)
        inLedger[sid] = compare(record, key)
        if inLedger[sid] == 1 then
          redis.call('DEL', key)
          redis.call('HSET', key, unpack(record.fields))
          redis.call('PEXPIREAT', key, string.format('%.0f', record.idleExpiresAtMs))
          redis.call('ZADD', index, record.order, sid)
          changed[#changed + 1] = sid
        end
      end
    end

    for _, sid in ipairs(redis.call('ZRANGE', index, 0, -1)) do
      if alive(sid) and (inLedger[sid] == nil or inLedger[sid] == -1) then news[#news + 1] = told(sid) end
    end
    local forMs = string.format('%.0f', math.max(longest, redis.call('PTTL', index)))
    redis.call('PEXPIRE', index, forMs)
    redis.call('SET', restored, string.format('%.0f', now), 'PX', forMs)
    return {changed, news}
  `,
  parse: (reply) => {
    const [changed, news] = reply as [unknown, unknown[]];
    return { changed: asStrings(changed), news: news.map(asStrings) };
  },
});
