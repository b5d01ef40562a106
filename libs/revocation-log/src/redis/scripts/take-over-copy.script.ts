import { FEED_START, FEED_VERSION } from '@gatehouse/contracts';
import { LuaScript } from '@gatehouse/redis';

/**
 * Puts a finished copy of another region's log in the place of the log, in one step: nobody ever reads half of it. Refuses when
 * the log has changed meanwhile, and when an auth service writes it. Readers are told to look: what is announced is no record.
 */
export const takeOverCopy = new LuaScript({
  keys: ['log', 'copy'],
  args: ['expectedLast', 'channel'],
  lua: `
    local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
    if (last and last[1] or '${FEED_START}') ~= ARGV[1] then return 'changed' end
    if last then
      local carried = false
      for i = 1, #last[2], 2 do carried = carried or last[2][i] == 'lag' end
      if not carried then return 'foreign' end
    end
    redis.call('RENAME', KEYS[2], KEYS[1])
    redis.call('PERSIST', KEYS[1])
    redis.call('PUBLISH', ARGV[2], '{"v":${FEED_VERSION},"look":true}')
    return 'done'
  `,
  parse: String,
});
