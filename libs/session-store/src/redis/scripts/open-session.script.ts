import { LuaScript } from '@gatehouse/redis';
import { asStrings } from '../replies.js';
import { prelude, preludeArgs, preludeKeys } from './prelude.js';
import { UNRESTORED, unlessUnrestored } from './unless-unrestored.js';

/**
 * Opens a session, and keeps the user within the limit in the same step, so that no instant shows more. With `displace` the
 * oldest sessions over the limit end; without it nothing opens where there is no room, and `endSid` is what may end for it.
 * Order is by server time in microseconds, and strictly growing even when the clock is not.
 *
 * Replies with the opened session's hash and the ids that have ended, oldest first; or, where there was no room, with the
 * hashes of the sessions that take it, newest first.
 */
export const openSession = new LuaScript({
  keys: [...preludeKeys],
  args: [
    ...[...preludeArgs, 'sid', 'facts', 'refreshTokenHash', 'idleTtlMs', 'absoluteTtlMs', 'maxSessions', 'ipAddress'],
    ...['displace', 'endSid'],
  ] as const,
  lua: `${prelude}
    if unrestored() then return '${UNRESTORED}' end
    local sid, max, displace, endSid = ARGV[3], tonumber(ARGV[8]), ARGV[10] == '1', ARGV[11]
    local done = {}

    -- Whoever acts in the user's place takes no room.
    local function isOwn(other)
      -- What cannot be read is nobody's account of who acts: it takes room like any other.
      local isRead, facts = pcall(cjson.decode, redis.call('HGET', prefix .. other, 'facts'))
      local actorId = isRead and type(facts) == 'table' and facts.actorId
      return not actorId or actorId == cjson.null
    end

    -- Those the user opened, oldest first.
    local own = {}
    for _, other in ipairs(redis.call('ZRANGE', index, 0, -1)) do
      if alive(other) and not displace and isOwn(other) then
        own[#own + 1] = other
        if other == endSid then done[1] = other end
      end
    end
    if not displace and #own >= max and not done[1] then
      local taken = {}
      for i = #own, 1, -1 do taken[#taken + 1] = told(own[i]) end
      return {'full', taken}
    end
    if done[1] then endUnconfirmed(done[1], 'user_revoked') end

    local absolute = now + tonumber(ARGV[7])
    local key = prefix .. sid
    redis.call('HSET', key, 'id', sid, 'facts', ARGV[4], 'refreshTokenHash', ARGV[5], 'idleTtlMs', ARGV[6],
      'createdAtMs', string.format('%.0f', now), 'absoluteExpiresAtMs', string.format('%.0f', absolute),
      'requestCount', 0, 'ipAddresses', cjson.encode({ARGV[9]}), 'rotation', 0, 'rotationHash', ARGV[5])
    touch(sid)

    local newest = redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')
    local score = time[1] * 1000000 + time[2]
    if newest[2] and tonumber(newest[2]) >= score then score = tonumber(newest[2]) + 1 end
    redis.call('ZADD', index, string.format('%.0f', score), sid)
    -- The index must outlive every session in it, also those opened with a longer life than this one.
    local left = redis.call('PTTL', index)
    redis.call('PEXPIRE', index, string.format('%.0f', math.max(left, tonumber(ARGV[7]))))
    redis.call('PEXPIRE', restored, string.format('%.0f', math.max(redis.call('PTTL', restored), tonumber(ARGV[7]))))

    -- Few have more than they may; only then is it looked up who opened which.
    if displace and redis.call('ZCARD', index) > max then
      for _, other in ipairs(redis.call('ZRANGE', index, 0, -1)) do
        if isOwn(other) then own[#own + 1] = other end
      end
      for i = 1, #own - max do
        done[i] = own[i]
        endUnconfirmed(own[i], 'evicted_limit')
      end
    end
    return {'opened', told(sid), done}
  `,
  parse: unlessUnrestored((reply) => {
    const [kind, first, second] = reply as [string, unknown[], unknown?];
    return kind === 'full'
      ? { kind: 'full' as const, hashes: first.map(asStrings) }
      : { kind: 'opened' as const, hash: asStrings(first), ended: asStrings(second) };
  }),
});
