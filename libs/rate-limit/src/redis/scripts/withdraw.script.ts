import { LuaScript } from '@gatehouse/redis';

/** Undoes one charge of a growing delay: what it counted, and what it put off unless another failure has come since. */
export const withdraw = new LuaScript({
  keys: ['delay'],
  args: ['mark', 'forgetMs'],
  lua: `
    local failures, waits = string.match(redis.call('GET', KEYS[1]) or '', '^(%d+):(%d+)$')
    if not failures then return 0 end
    failures = math.max(0, tonumber(failures) - 1)
    if waits == ARGV[1] then waits = '0' end
    if failures == 0 and waits == '0' then return redis.call('DEL', KEYS[1]) end
    local left = math.max(redis.call('PTTL', KEYS[1]), tonumber(ARGV[2]))
    redis.call('SET', KEYS[1], failures .. ':' .. waits, 'PX', string.format('%.0f', left))
    return 1
  `,
  parse: () => undefined,
});
