import { LuaScript } from '@gatehouse/redis';
import { asStrings } from '../replies.js';
import { prelude, preludeArgs, preludeKeys } from './prelude.js';

/**
 * Consumes a refresh token and installs its successor. Compare and swap are one step, so of many that present the same
 * token one wins; and since ending a session is a step on the same keys, a refresh can never slip past a sign-out.
 *
 * The grace window counts from the rotation and is not moved by replays: a sliding one could be kept open for ever.
 */
export const rotateRefreshToken = new LuaScript({
  keys: [...preludeKeys],
  args: [...preludeArgs, 'sid', 'presentedHash', 'successorHash', 'sealedSuccessor', 'graceMs', 'genuine'],
  lua: `${prelude}
    local sid, presented = ARGV[2], ARGV[3]
    if not alive(sid) then return {'gone'} end
    local key = prefix .. sid
    local had = redis.call('HMGET', key, 'refreshTokenHash', 'previousHash', 'rotatedAtMs', 'sealedSuccessor')

    if presented == had[1] then
      redis.call('HSET', key, 'refreshTokenHash', ARGV[4], 'previousHash', presented,
        'rotatedAtMs', string.format('%.0f', now), 'sealedSuccessor', ARGV[5])
      touch(sid)
      return {'rotated', redis.call('HGETALL', key)}
    end
    if presented == had[2] and now - tonumber(had[3]) <= tonumber(ARGV[6]) then
      return {'replayed', redis.call('HGETALL', key), had[4]}
    end
    if presented == had[2] or ARGV[7] == '1' then
      endUnconfirmed(sid, 'reuse_detected')
      return {'reused'}
    end
    return {'foreign'}
  `,
  parse: (reply) => {
    const [kind, hash, sealed] = reply as [string, unknown?, unknown?];
    return { kind, hash: hash === undefined ? [] : asStrings(hash), sealed: typeof sealed === 'string' ? sealed : '' };
  },
});
