export { startChild, type Child } from './child.js';
export { eventually, sleep } from './eventually.js';
export { findProgram } from './find-program.js';
export { freePort } from './free-port.js';
export { startMysql, type MysqlServer } from './mysql-server.js';
export { startRedisCluster, type RedisCluster, type RedisClusterOptions } from './redis-cluster.js';
export { startRedis, type RedisServer, type RedisServerOptions } from './redis-server.js';
export { freshMysqlDatabaseUrl, sharedRedisUrl } from './shared-servers.js';
export { testFolder } from './test-folder.js';
