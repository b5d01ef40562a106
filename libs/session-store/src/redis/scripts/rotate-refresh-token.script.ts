import { LuaScript } from '@gatehouse/redis';
import { asStrings } from '../replies.js';
import { prelude, preludeArgs, preludeKeys } from './prelude.js';
import { UNRESTORED, unlessUnrestored } from './unless-unrestored.js';

/**
 * Consumes a refresh token and installs its successor. Compare and swap are one step, so of many that present the same
 * token one wins; and since ending a session is a step on the same keys, a refresh can never slip past a sign-out.
 *
 * The grace window, the longer one of a named attempt too, counts from the rotation and is not moved by replays: a sliding one could be
 * kept open for ever. A session
 * that was made anew from the ledger has no answer to hand out again, but knows the predecessor by its successor.
 *
 * A token with a higher number than the session has is no stolen one: numbers only grow, so this server lost a rotation.
 */
export const rotateRefreshToken = new LuaScript({
  keys: [...preludeKeys],
  args: [
    ...[...preludeArgs, 'sid', 'presentedHash', 'successorHash', 'sealedSuccessor', 'graceMs', 'genuine'],
    ...['rotation', 'successorRotation', 'tellAhead', 'attempt', 'attemptKeptMs'],
  ] as const,
  lua: `${prelude}
    if unrestored() then return '${UNRESTORED}' end
    local sid, presented, successor = ARGV[3], ARGV[4], ARGV[5]
    if not alive(sid) then return {'gone'} end
    local key = prefix .. sid
    local had = redis.call('HMGET', key, 'refreshTokenHash', 'previousHash', 'rotatedAtMs', 'sealedSuccessor', 'attempt')
    local counted, shown = rotationOf(key), tonumber(ARGV[9])
    local genuine = ARGV[8] == '1'
    local isRepeated = ARGV[12] ~= '' and ARGV[12] == had[5]
    local window = math.max(tonumber(ARGV[7]), isRepeated and tonumber(ARGV[13]) or 0)
    local inGrace = had[3] and now - tonumber(had[3]) <= window
    local ahead = genuine and shown and shown > counted

    if ahead and presented ~= had[1] and ARGV[11] == '1' then return {'ahead'} end
    if presented == had[1] or ahead then
      local nextRotation = math.max(counted + 1, tonumber(ARGV[10]) or 0)
      redis.call('HSET', key, 'refreshTokenHash', successor, 'previousHash', presented,
        'rotatedAtMs', string.format('%.0f', now), 'sealedSuccessor', ARGV[6],
        'rotation', nextRotation, 'rotationHash', successor, 'attempt', ARGV[12])
      touch(sid)
      return {'rotated', told(sid)}
    end
    local isPredecessor = presented == had[2] or (not had[2] and successor == had[1])
    if isPredecessor and inGrace then return {'replayed', told(sid), had[4]} end
    if isPredecessor or genuine then
      endUnconfirmed(sid, 'reuse_detected')
      return {'reused'}
    end
    return {'foreign'}
  `,
  parse: unlessUnrestored((reply) => {
    const [kind, hash, sealed] = reply as [string, unknown?, unknown?];
    return {
      kind,
      hash: hash === undefined ? [] : asStrings(hash),
      sealed: typeof sealed === 'string' ? sealed : undefined,
    };
  }),
});
