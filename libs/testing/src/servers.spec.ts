import { createConnection } from 'mysql2/promise';
import { startMysql } from './mysql-server.js';
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
});
