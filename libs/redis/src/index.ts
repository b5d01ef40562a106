export {
  COMMAND_TIMEOUT_MS,
  connectRedis,
  connectRedisSubscriber,
  type ConnectOptions,
  type RedisConnection,
} from './connect.js';
export { checkEvictionPolicy, type EvictionVerdict } from './eviction-policy.js';
export { registerRedisFigures } from './figures.js';
export { checkReadWrite, redisHealth, redisPool, type RedisHealth, type RedisPool } from './health.js';
export { keepSubscribed } from './keep-subscribed.js';
export { LuaScript, type LuaScriptDefinition } from './lua-script.js';
export {
  parseRedisSettings,
  type ParsedRedis,
  type RedisCommon,
  type RedisCredentials,
  type RedisEnvironment,
  type RedisNode,
  type RedisSettings,
} from './settings.js';
export { orStoreUnavailable, storeUnavailable } from './store-unavailable.js';
