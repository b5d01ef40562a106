import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeSecrets } from '../../../docker/secrets.mjs';
import { freePort, startMysql, startRedis, testFolder } from '../../../libs/testing/dist/index.js';
import { TOP } from '../../run/top.mjs';
import { Program } from './program.mjs';
import { giveAccounts } from './stores.mjs';

export const execute = promisify(execFile);

/**
 * Two auth services and one of orders, on a MariaDB with a binlog and a Redis, both of which may be lost.
 *
 * @param {import('../report.mjs').Report} report
 * @param {{ redisPassword?: string, authEnv?: Record<string, string> }} [options] - `redisPassword`: of an account `gatehouse`; without one
 *   Redis asks for none
 */
export async function startBackend(report, { redisPassword, authEnv: more = {} } = {}) {
  const secrets = testFolder('secrets');
  makeSecrets(secrets);
  const scene = { secrets, backups: testFolder('backups'), auth: [], lives: [] };
  scene.mysql = await report.step('MariaDB with a binlog in a place of its own', () => startWithBinlog(report, scene));
  await giveAccounts(scene.mysql, secrets);
  scene.redis = await report.step('Redis with an append-only file', () => startRedis());
  report.atEnd('Redis', () => scene.redis.kill());
  scene.redisUrl = scene.redis.url;
  if (redisPassword) {
    await scene.redis.command('ACL', 'SETUSER', 'gatehouse', 'on', `>${redisPassword}`, '~*', '&*', '+@all');
    scene.redisUrl = scene.redis.url.replace('redis://', `redis://gatehouse:${redisPassword}@`);
  }
  await migrate(scene);
  for (const i of [1, 2]) {
    const start = () => service(report, 'auth', i, { ...authEnv(scene), ...more });
    scene.auth.push(await report.step(`auth ${i}`, start));
  }
  scene.orders = await report.step('orders', () => service(report, 'orders', 1, ordersEnv(scene)));
  return scene;
}

/** @param {number} [port] - of the one that was lost */
export async function startWithBinlog(report, scene, port) {
  // As k8s/mysql/my.cnf has it: the binlog outlives the data, and each commit is in it before it is acknowledged.
  const binlogs = join(testFolder('binlog'), 'binlog');
  mkdirSync(binlogs);
  await execute('chown', ['-R', 'mysql', join(binlogs, '..')]).catch(() => undefined);
  scene.binlogs = binlogs;
  const args = [`--log-bin=${join(binlogs, 'binlog')}`, '--server-id=1', '--sync-binlog=1'];
  const server = await startMysql({ args, port });
  report.atEnd('MariaDB', () => server.kill());
  return server;
}

async function service(report, app, i, env) {
  const main = join(TOP, 'apps', app, 'dist/main.js');
  const port = await freePort();
  const how = { env: { ...env, PORT: String(port) }, cwd: testFolder(app), port, readyPath: '/ready' };
  const program = new Program(`${app} ${i}`, process.execPath, [main], how);
  report.atEnd(program.name, () => program.stop());
  return program.start();
}

const databaseOf = ({ mysql }) => ({ DB_HOST: '127.0.0.1', DB_PORT: String(mysql.port), DB_NAME: 'gatehouse' });
export const authEnv = (scene) => ({
  ...databaseOf(scene),
  DB_USER: 'gatehouse-auth',
  DB_PASSWORD_FILE: join(scene.secrets, 'mysql-auth-password'),
  REDIS_URL: scene.redisUrl,
  KEY_ENCRYPTION_KEY_FILE: join(scene.secrets, 'key-encryption-key'),
  ROOT_SIGNING_KEY_FILE: join(scene.secrets, 'root-signing-key'),
  ISSUER: 'http://auth.test',
  RATE_LIMIT_ENABLED: 'false',
});
const urlOf = ({ secrets, mysql }, name) =>
  readFileSync(join(secrets, name), 'utf8').replace('@mysql:3306', `@127.0.0.1:${mysql.port}`);
const ordersEnv = (scene) => ({
  DATABASE_URL: urlOf(scene, 'orders-database-url'),
  AUTH_TRUST_ANCHOR: readFileSync(join(scene.secrets, 'trust-anchor'), 'utf8'),
  REDIS_URL: scene.redisUrl,
});

async function migrate(scene) {
  const account = { DB_USER: 'gatehouse-migrate', DB_PASSWORD_FILE: join(scene.secrets, 'mysql-migrate-password') };
  await job('auth/dist/migrate-cli.js', { ...databaseOf(scene), ...account });
  await job('orders/dist/migrate-cli.js', { DATABASE_URL: urlOf(scene, 'orders-migrate-url') });
}

export const job = (script, env, ...args) =>
  execute(process.execPath, [join(TOP, 'apps', script), ...args], {
    env: { PATH: process.env.PATH, ...env },
    cwd: testFolder('job'),
  });

/** The script of the CronJob, word for word. */
export async function dump({ secrets, backups, mysql }) {
  const env = {
    ...{ PATH: process.env.PATH, DB_HOST: '127.0.0.1', MYSQL_TCP_PORT: String(mysql.port), DB_USER: 'backup' },
    ...{ PASSWORD_FILE: join(secrets, 'mysql-backup-password'), BACKUPS: backups, KEEP_DAYS: '14' },
    // Its name in MariaDB.
    POSITION: '--master-data=2',
  };
  await execute('bash', [join(TOP, 'k8s/mysql/backup.sh')], { env });
}

/** docker/mysql/restore.sh with the newest dump. @returns what it said */
export async function bringBack({ backups }, server, binlogs, stopAt) {
  const newest = readdirSync(backups).sort().at(-1);
  const env = {
    PATH: process.env.PATH,
    DB_PORT: String(server.port),
    DB_USER: 'root',
    ...(stopAt && { STOP_AT: stopAt }),
  };
  const { stdout } = await execute(
    'bash',
    [join(TOP, 'docker/mysql/restore.sh'), join(backups, newest ?? ''), binlogs],
    { env },
  );
  return stdout;
}
