import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually, findProgram, freePort, startMysql, testFolder } from '../../../libs/testing/dist/index.js';
import { TOP } from '../../run/top.mjs';
import { placed } from './placed.mjs';
import { Program } from './program.mjs';

const run = promisify(execFile);
const MASTER = 'gatehouse';

/** MariaDB or MySQL of this machine, with the accounts of docker/mysql/accounts.sh. */
export async function startDatabase(secrets) {
  const server = await startMysql();
  await giveAccounts(server, secrets);
  return server;
}

/** Runs docker/mysql/accounts.sh on a server that is there. */
export async function giveAccounts(server, secrets) {
  const client = findProgram('mysql', 'mariadb');
  if (!client) throw new Error('no mysql client on this machine; as root on Debian it is installed');
  const env = { ...process.env, SECRETS: secrets, MYSQL: `${client} -h 127.0.0.1 -P ${server.port} -u root` };
  await run('bash', [join(TOP, 'docker/mysql/accounts.sh')], { env });
}

/**
 * Redis with docker/redis/redis.conf and users.acl: a primary, a replica, and three Sentinels that watch them.
 *
 * @param {string} secrets - folder of docker/secrets.mjs
 */
export async function startRedisWithSentinels(secrets) {
  const password = (name) => readFileSync(join(secrets, `redis-${name}-password`), 'utf8');
  const replication = ['--masteruser', 'replica', '--masterauth', password('replica')];
  const [first, second] = [await freePort(), await freePort()];
  const servers = [
    redisServer('redis 1', first, secrets, replication),
    redisServer('redis 2', second, secrets, [...replication, '--replicaof', '127.0.0.1', String(first)]),
  ];
  for (const server of servers) await server.start();
  const sentinels = [];
  for (let i = 1; i <= 3; i++) sentinels.push(await startSentinel(i, first, password('sentinel')));
  const exporter = ['--user', 'exporter', '--pass', password('exporter'), '--no-auth-warning'];
  const info = (port) => redisCli(port, ...exporter, 'INFO', 'replication');
  await eventually(
    async () => {
      if (!/slave0:.*state=online/.test(await info(first))) throw new Error('the replica is not in step yet');
    },
    { timeoutMs: 30_000, everyMs: 100 },
  );
  return {
    servers,
    sentinels,
    /** Settings of a service that finds the primary through the Sentinels. @param {string} role - auth, orders, gateway, operator */
    env: (role) => ({
      REDIS_SENTINELS: sentinels.map(({ port }) => `127.0.0.1:${port}`).join(','),
      REDIS_SENTINEL_MASTER: MASTER,
      REDIS_USERNAME: `gatehouse-${role}`,
      REDIS_PASSWORD_FILE: join(secrets, `redis-${role}-password`),
    }),
    /** The server that writes go to now. */
    async primary() {
      for (const server of servers) {
        if (server.isRunning() && /^role:master/m.test(await info(server.port))) return server;
      }
      throw new Error('there is no primary now');
    },
    async stop() {
      await Promise.all(sentinels.map((one) => one.stop()));
      await Promise.all(servers.map((one) => one.stop()));
    },
  };
}

function redisServer(name, port, secrets, more) {
  const folder = testFolder('redis');
  const places = {
    'bind * -::*': 'bind 127.0.0.1',
    'port 6379': `port ${port}`,
    'dir /data': `dir ${folder}`,
    '/etc/redis/users.acl': join(secrets, 'redis-users.acl'),
  };
  const file = placed('docker/redis/redis.conf', places, join(folder, 'redis.conf'));
  return new Program(name, 'redis-server', [file, ...more, '--repl-diskless-sync-delay', '0'], { port });
}

/** Sentinels rewrite their settings as they learn, so each has a file of its own. */
async function startSentinel(i, primary, password) {
  const folder = testFolder('sentinel');
  const port = await freePort();
  const lines = [
    'bind 127.0.0.1',
    `port ${port}`,
    `dir ${folder}`,
    `sentinel monitor ${MASTER} 127.0.0.1 ${primary} 2`,
    `sentinel auth-user ${MASTER} sentinel`,
    `sentinel auth-pass ${MASTER} ${password}`,
    `sentinel down-after-milliseconds ${MASTER} 5000`,
    `sentinel failover-timeout ${MASTER} 10000`,
  ];
  const file = join(folder, 'sentinel.conf');
  writeFileSync(file, lines.join('\n'), { mode: 0o600 });
  return new Program(`sentinel ${i}`, 'redis-server', [file, '--sentinel'], { port }).start();
}

async function redisCli(port, ...args) {
  const { stdout } = await run('redis-cli', ['-p', String(port), ...args]);
  return stdout;
}
