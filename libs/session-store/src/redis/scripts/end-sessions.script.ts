import { LuaScript } from '@gatehouse/redis';
import { asStrings } from '../replies.js';
import { prelude, preludeArgs, preludeKeys } from './prelude.js';

/**
 * Ends one session (`onlySid`), or all but one (`keepSid`, which may be empty). Replies with the ids that were alive.
 */
export const endSessions = new LuaScript({
  keys: [...preludeKeys],
  args: [...preludeArgs, 'onlySid', 'keepSid'],
  lua: `${prelude}
    local done = {}
    local sids = ARGV[2] ~= '' and {ARGV[2]} or redis.call('ZRANGE', index, 0, -1)
    for _, sid in ipairs(sids) do
      if sid ~= ARGV[3] and alive(sid) then
        drop(sid)
        done[#done + 1] = sid
      end
    end
    return done
  `,
  parse: asStrings,
});
