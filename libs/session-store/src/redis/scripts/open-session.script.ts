import { LuaScript } from '@gatehouse/redis';
import { asStrings } from '../replies.js';
import { prelude, preludeArgs, preludeKeys } from './prelude.js';
import { UNRESTORED, unlessUnrestored } from './unless-unrestored.js';

/**
 * Opens a session and ends the oldest ones over the limit in the same step, so that no instant shows more than the limit.
 * Order is by server time in microseconds, and strictly growing even when the clock is not.
 *
 * Replies with the opened session's hash and the ids it displaced, oldest first.
 */
export const openSession = new LuaScript({
  keys: [...preludeKeys],
  args: [...preludeArgs, 'sid', 'facts', 'refreshTokenHash', 'idleTtlMs', 'absoluteTtlMs', 'maxSessions', 'ipAddress'],
  lua: `${prelude}
    if unrestored() then return '${UNRESTORED}' end
    local sid, max = ARGV[3], tonumber(ARGV[8])
    local absolute = now + tonumber(ARGV[7])
    local key = prefix .. sid
    redis.call('HSET', key, 'id', sid, 'facts', ARGV[4], 'refreshTokenHash', ARGV[5], 'idleTtlMs', ARGV[6],
      'createdAtMs', string.format('%.0f', now), 'absoluteExpiresAtMs', string.format('%.0f', absolute),
      'requestCount', 0, 'ipAddresses', cjson.encode({ARGV[9]}), 'rotation', 0, 'rotationHash', ARGV[5])
    touch(sid)

    for _, other in ipairs(redis.call('ZRANGE', index, 0, -1)) do alive(other) end
    local newest = redis.call('ZREVRANGE', index, 0, 0, 'WITHSCORES')
    local score = time[1] * 1000000 + time[2]
    if newest[2] and tonumber(newest[2]) >= score then score = tonumber(newest[2]) + 1 end
    redis.call('ZADD', index, string.format('%.0f', score), sid)
    -- The index must outlive every session in it, also those opened with a longer life than this one.
    local left = redis.call('PTTL', index)
    redis.call('PEXPIRE', index, string.format('%.0f', math.max(left, tonumber(ARGV[7]))))
    redis.call('PEXPIRE', restored, string.format('%.0f', math.max(redis.call('PTTL', restored), tonumber(ARGV[7]))))

    local evicted = redis.call('ZRANGE', index, 0, -1 - max)
    for _, other in ipairs(evicted) do endUnconfirmed(other, 'evicted_limit') end
    return {told(sid), evicted}
  `,
  parse: unlessUnrestored((reply) => {
    const [hash, evicted] = reply as [unknown, unknown];
    return { hash: asStrings(hash), evicted: asStrings(evicted) };
  }),
});
