import { LuaScript } from '@gatehouse/redis';
import { flag } from './flag.js';

/** Lengthens a lease, or with 0 gives it back; that of somebody else is left alone. */
export const ownLease = new LuaScript({
  keys: ['lease'],
  args: ['owner', 'forMs'],
  lua: `
    if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
    if ARGV[2] == '0' then return redis.call('DEL', KEYS[1]) end
    return redis.call('PEXPIRE', KEYS[1], ARGV[2])
  `,
  parse: flag,
});
