import { LuaScript } from '@gatehouse/redis';

/** Claims the key, or says what is known of it. One step, so that of many at once one begins. */
export const beginRequest = new LuaScript({
  keys: ['request'],
  args: ['fingerprint', 'claim', 'claimMs'],
  lua: `
    local known = redis.call('HMGET', KEYS[1], 'fingerprint', 'answer')
    if not known[1] then
      redis.call('HSET', KEYS[1], 'fingerprint', ARGV[1], 'claim', ARGV[2])
      redis.call('PEXPIRE', KEYS[1], ARGV[3])
      return {'begun'}
    end
    if known[1] ~= ARGV[1] then return {'other-request'} end
    if known[2] then return {'finished', known[2]} end
    return {'running'}
  `,
  parse: (reply) => reply as [string, string?],
});

/** Only whoever still holds the claim may say how it ended; a claim that was given up may be another's by now. */
export const finishRequest = new LuaScript({
  keys: ['request'],
  args: ['claim', 'answer', 'keepMs'],
  lua: `
    if redis.call('HGET', KEYS[1], 'claim') ~= ARGV[1] then return 0 end
    redis.call('HSET', KEYS[1], 'answer', ARGV[2])
    redis.call('PEXPIRE', KEYS[1], ARGV[3])
    return 1
  `,
  parse: (reply) => reply === 1,
});

export const abandonRequest = new LuaScript({
  keys: ['request'],
  args: ['claim'],
  lua: `
    if redis.call('HGET', KEYS[1], 'claim') ~= ARGV[1] then return 0 end
    return redis.call('DEL', KEYS[1])
  `,
  parse: (reply) => reply === 1,
});
