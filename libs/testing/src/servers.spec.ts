import { Redis } from 'ioredis';
import { createConnection } from 'mysql2/promise';
import { spawnSync } from 'node:child_process';
import { GUARDED } from './child.js';
import { eventually } from './eventually.js';
import { startMysql } from './mysql-server.js';
import { startRedisSentinel } from './redis-sentinel.js';
import { startRedis } from './redis-server.js';

describe('a private Redis', () => {
  it('keeps its data over a restart, loses it when started empty, and needs its password', async () => {
    const redis = await startRedis({ password: 'a-test-password' });
    await redis.command('SET', 'k', 'v');
    await redis.kill();
    await redis.start();
    expect(await redis.command('GET', 'k')).toBe('v');
    await redis.stop();
    await redis.startEmpty();
    expect(await redis.command('GET', 'k')).toBeNull();
    expect(redis.url).toContain('a-test-password');
    await redis.kill();
    await expect(redis.command('PING')).rejects.toThrow();
  });
});

describe('a private MySQL', () => {
  it('gives databases of their own and keeps them over a restart', async () => {
    const mysql = await startMysql();
    const { url } = await mysql.createDatabase();
    const connection = await createConnection(url);
    await connection.query('CREATE TABLE t (id INT)');
    connection.destroy();
    await mysql.stop();
    await expect(createConnection(url)).rejects.toThrow();
    await mysql.start();
    const again = await createConnection(url);
    const [tables] = await again.query('SHOW TABLES');
    expect(tables).toHaveLength(1);
    again.destroy();
    await mysql.kill();
  });

  it('is empty, whatever those before it were used for: all are copies of one that nobody has used', async () => {
    const [used, fresh] = await Promise.all([startMysql(), startMysql()]);
    const { name } = await used.createDatabase();
    const later = await startMysql();
    for (const server of [fresh, later]) {
      const connection = await createConnection(server.url);
      const [found] = await connection.query('SELECT schema_name AS name FROM information_schema.schemata');
      const [accounts] = await connection.query('SELECT user FROM mysql.user WHERE user = ?', [name]);
      expect((found as { name: string }[]).map((database) => database.name)).not.toContain(name);
      expect(accounts).toEqual([]);
      connection.destroy();
    }
    await Promise.all([used, fresh, later].map((server) => server.kill()));
  });
});

describe('a process a test has started', () => {
  it('ends with the test process, even when that is killed', async () => {
    const script = `
      const child = require('node:child_process').spawn('/bin/sh', ['-c', ${JSON.stringify(GUARDED)}, 'sh', 'sleep', '600']);
      process.stdout.write(String(child.pid), () => process.kill(process.pid, 'SIGKILL'));
    `;
    const { stdout } = spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' });
    const pid = Number(stdout);
    expect(pid).toBeGreaterThan(0);
    await eventually(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'));
  });
});

describe('a private Redis with Sentinels', () => {
  it('fails over to its replica, which lacks what was held back from it', async () => {
    const set = await startRedisSentinel();
    const onPort = async (port: number, ...[name, ...args]: [string, ...string[]]) => {
      const client = new Redis({ port });
      const answer = await client.call(name, ...args);
      client.disconnect();
      return answer;
    };
    const primary = await set.primaryPort();
    await onPort(primary, 'SET', 'early', '1');
    await onPort(primary, 'WAIT', '1', '5000');
    await set.holdReplication();
    await onPort(primary, 'SET', 'late', '1');
    await set.killOne(primary);
    const elected = await set.failedOver(primary);
    expect(elected).not.toBe(primary);
    expect(await onPort(elected, 'MGET', 'early', 'late')).toEqual(['1', null]);
    await set.kill();
  });
});
