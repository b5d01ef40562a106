import { LuaScript } from '@gatehouse/redis';

/** Compare and set: two publishers must not put an old bundle over a new one. The empty string stands for "none". */
export const replaceKeyBundle = new LuaScript({
  keys: ['bundle'],
  args: ['expected', 'next', 'channel', 'version'],
  lua: `
    if (redis.call('GET', KEYS[1]) or '') ~= ARGV[1] then return 0 end
    redis.call('SET', KEYS[1], ARGV[2])
    redis.call('PUBLISH', ARGV[3], ARGV[4])
    return 1
  `,
  parse: (reply) => reply === 1,
});
