import { createConnection } from 'mysql2/promise';
import { randomBytes } from 'node:crypto';
import { type MysqlServer, startMysql } from './mysql-server.js';
import { type RedisServer, startRedis } from './redis-server.js';

let redis: Promise<RedisServer> | undefined;

/** On the process: this module is loaded anew for each test file, and the server stays for the next one. */
const MYSQL = Symbol.for('gatehouse.testing.mysql');
const kept = process as unknown as Record<symbol, Promise<MysqlServer> | undefined>;

/**
 * The address of a Redis for tests that need no fault: `TEST_REDIS_URL`, else one private server per test file, whose start takes
 * no time. Other suites may use it too, so keep to keys of your own.
 */
export async function sharedRedisUrl(): Promise<string> {
  const given = process.env['TEST_REDIS_URL'];
  if (given) return given;
  redis ??= startRedis();
  return (await redis).url;
}

/** The address of a fresh, empty database: on `TEST_DATABASE_URL`'s server, else on one private server per Jest worker. */
export async function freshMysqlDatabaseUrl(): Promise<string> {
  const given = process.env['TEST_DATABASE_URL'];
  if (given) return createOn(given);
  const mysql = await (kept[MYSQL] ??= startMysql());
  return (await mysql.createDatabase()).url;
}

async function createOn(serverUrl: string): Promise<string> {
  const name = `t_${randomBytes(6).toString('hex')}`;
  const connection = await createConnection({ uri: serverUrl });
  await connection.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`);
  connection.destroy();
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}
