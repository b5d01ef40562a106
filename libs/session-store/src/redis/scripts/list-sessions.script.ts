import { LuaScript } from '@gatehouse/redis';
import { asStrings } from '../replies.js';
import { prelude, preludeArgs, preludeKeys } from './prelude.js';

/** The hashes of the user's live sessions, newest first. With an id, of that session alone. */
export const listSessions = new LuaScript({
  keys: [...preludeKeys],
  args: [...preludeArgs, 'onlySid'],
  lua: `${prelude}
    local found = {}
    local sids = ARGV[2] ~= '' and {ARGV[2]} or redis.call('ZREVRANGE', index, 0, -1)
    for _, sid in ipairs(sids) do
      if alive(sid) then found[#found + 1] = redis.call('HGETALL', prefix .. sid) end
    end
    return found
  `,
  parse: (reply) => (reply as unknown[]).map(asStrings),
});
