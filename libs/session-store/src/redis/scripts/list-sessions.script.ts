import { LuaScript } from '@gatehouse/redis';
import { asStrings } from '../replies.js';
import { prelude, preludeArgs, preludeKeys } from './prelude.js';
import { UNRESTORED, unlessUnrestored } from './unless-unrestored.js';

/** The hashes of the user's live sessions, newest first. With an id, of that session alone. */
export const listSessions = new LuaScript({
  keys: [...preludeKeys],
  args: [...preludeArgs, 'onlySid'],
  lua: `${prelude}
    if unrestored() then return '${UNRESTORED}' end
    local found = {}
    local sids = ARGV[3] ~= '' and {ARGV[3]} or redis.call('ZREVRANGE', index, 0, -1)
    for _, sid in ipairs(sids) do
      if alive(sid) then found[#found + 1] = told(sid) end
    end
    return found
  `,
  parse: unlessUnrestored((reply) => (reply as unknown[]).map(asStrings)),
});
