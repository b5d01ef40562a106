import { LuaScript } from '@gatehouse/redis';
import { asStrings } from '../replies.js';
import { prelude, preludeArgs, preludeKeys } from './prelude.js';
import { UNRESTORED, unlessUnrestored } from './unless-unrestored.js';

/**
 * Ends one session (`onlySid`), or all but one (`keepSid`, which may be empty). Replies with the ids that were alive. One that is
 * named is buried even when it is not here: it may be on its way back from the ledger.
 */
export const endSessions = new LuaScript({
  keys: [...preludeKeys],
  args: [...preludeArgs, 'onlySid', 'keepSid'],
  lua: `${prelude}
    local named = ARGV[3] ~= ''
    if unrestored() and not (named and ARGV[2] == '0') then return '${UNRESTORED}' end
    local done = {}
    local sids = named and {ARGV[3]} or redis.call('ZRANGE', index, 0, -1)
    for _, sid in ipairs(sids) do
      if sid ~= ARGV[4] then
        if named or alive(sid) then bury(sid) end
        if alive(sid) then
          drop(sid)
          done[#done + 1] = sid
        end
      end
    end
    return done
  `,
  parse: unlessUnrestored(asStrings),
});
