import { LuaScript } from '@gatehouse/redis';
import { prelude, preludeKeys } from './prelude.js';

/**
 * Names the next life of the log, unless it has one that nobody gave up. The name waits beside the stream until the first
 * record of the epoch is written. An empty proposal only asks.
 */
export const openEpoch = new LuaScript({
  keys: [...preludeKeys],
  args: ['proposed', 'abandoning'],
  lua: `${prelude}
    if current and current ~= ARGV[2] then return current end
    if ARGV[1] == '' then return current end
    redis.call('SET', pendingKey, ARGV[1])
    return ARGV[1]
  `,
  parse: (reply) => (typeof reply === 'string' ? reply : undefined),
});
