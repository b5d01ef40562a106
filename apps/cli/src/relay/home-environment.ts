import type { Environment } from '@gatehouse/config';
import type { RedisSettings } from '@gatehouse/redis';
import { isFaults, readSettings, redisOf } from '../environment/settings.js';
import { Trouble } from '../terminal/exit-code.js';

const HOME = /^HOME_(REDIS_.*)$/;

/**
 * Where the home region's Redis is: the settings of any Redis, each with `HOME_` before its name.
 *
 * @throws {Trouble} `CONFIG_INVALID`, with names and rules, never values
 */
export function homeRedisOf(env: Environment): RedisSettings {
  const others = Object.entries(env).filter(([name]) => !name.startsWith('REDIS_') && !HOME.test(name));
  const home = Object.entries(env).flatMap(([name, value]) => {
    const own = HOME.exec(name)?.[1];
    return own ? [[own, value] as const] : [];
  });
  const read = readSettings(Object.fromEntries([...others, ...home]));
  const { settings, faults } = isFaults(read) ? { settings: undefined, faults: read } : redisOf(read);
  if (settings) return settings;
  const why = faults.map((fault) => fault.replace(/\bREDIS_/g, 'HOME_REDIS_')).join('; ');
  throw new Trouble('CONFIG_INVALID', why || 'HOME_REDIS_URL is needed: the Redis of the region that is written to');
}
