import { execFile } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { setTimeout as pause } from 'node:timers/promises';
import { makeSecrets } from '../../docker/secrets.mjs';
import { eventually, freePort, startMysql, startRedis, testFolder } from '../../libs/testing/dist/index.js';
import { TOP } from '../run/top.mjs';
import { Members } from './members.mjs';
import { Program } from './stage/program.mjs';
import { giveAccounts } from './stage/stores.mjs';

const execute = promisify(execFile);

/**
 * Loses MySQL and Redis with all their data, between one move and the next, and brings back what was acknowledged: from a dump, the
 * binlog since then, and nothing of Redis. Then goes back to the moment before somebody deletes everybody.
 */
export async function run(report) {
  const scene = await begin(report);
  const members = new Members(scene);
  members.begin();
  await report.step('people sign up, in and out, refresh and order', () => until(members, 12));
  await report.step('the nightly dump is taken meanwhile', () => dump(scene));
  await report.step('they go on after it', () => until(members, 24));
  const lostAtMs = performance.now();
  await report.step('MySQL and Redis are killed, and their data is gone', () => lose(scene, members));
  await report.step('the database comes back from the dump and the binlog', () => restore(report, scene));
  await report.step('Redis begins with nothing', () => scene.redis.startEmpty());
  await report.step('services are themselves again, and nobody has restarted them', () => recovered(scene, members));
  report.saw('from the loss to the next sign-in', ((performance.now() - lostAtMs) / 1000).toFixed(1), { unit: 's' });
  await report.step('what was acknowledged is there', () => compare(report, members));
  await report.step('the audit log holds together', () => verifyAudit(report, scene));
  await report.step('to the moment before an accident', () => turnBack(report, scene));
}

const until = (members, count) =>
  eventually(
    () => {
      const [open, ended] = ['in', 'out'].map((state) => members.acknowledged(state).length);
      if (open < count / 2 || ended < count / 4) throw new Error(`only ${open} are in, and ${ended} out again`);
    },
    { timeoutMs: 120_000, everyMs: 50 },
  );

async function begin(report) {
  const secrets = testFolder('secrets');
  makeSecrets(secrets);
  const scene = { secrets, backups: testFolder('backups'), auth: [], lives: [] };
  scene.mysql = await report.step('MariaDB with a binlog in a place of its own', () => database(report, scene));
  await giveAccounts(scene.mysql, secrets);
  scene.redis = await report.step('Redis with an append-only file', () => startRedis());
  report.atEnd('Redis', () => scene.redis.kill());
  await migrate(scene);
  for (const i of [1, 2])
    scene.auth.push(await report.step(`auth ${i}`, () => service(report, 'auth', i, authEnv(scene))));
  scene.orders = await report.step('orders', () => service(report, 'orders', 1, ordersEnv(scene)));
  return scene;
}

/** @param {number} [port] - of the one that was lost */
async function database(report, scene, port) {
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
const authEnv = (scene) => ({
  ...databaseOf(scene),
  DB_USER: 'gatehouse-auth',
  DB_PASSWORD_FILE: join(scene.secrets, 'mysql-auth-password'),
  REDIS_URL: scene.redis.url,
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
  REDIS_URL: scene.redis.url,
});

async function migrate(scene) {
  const account = { DB_USER: 'gatehouse-migrate', DB_PASSWORD_FILE: join(scene.secrets, 'mysql-migrate-password') };
  await job('auth/dist/migrate-cli.js', { ...databaseOf(scene), ...account });
  await job('orders/dist/migrate-cli.js', { DATABASE_URL: urlOf(scene, 'orders-migrate-url') });
}

const job = (script, env, ...args) =>
  execute(process.execPath, [join(TOP, 'apps', script), ...args], {
    env: { PATH: process.env.PATH, ...env },
    cwd: testFolder('job'),
  });

/** The script of the CronJob, word for word. */
async function dump({ secrets, backups, mysql }) {
  const env = {
    ...{ PATH: process.env.PATH, DB_HOST: '127.0.0.1', MYSQL_TCP_PORT: String(mysql.port), DB_USER: 'backup' },
    ...{ PASSWORD_FILE: join(secrets, 'mysql-backup-password'), BACKUPS: backups, KEEP_DAYS: '14' },
    // Its name in MariaDB.
    POSITION: '--master-data=2',
  };
  await execute('bash', [join(TOP, 'k8s/mysql/backup.sh')], { env });
}

async function lose(scene, members) {
  await Promise.all([scene.mysql.kill(), scene.redis.kill()]);
  await members.end();
}

async function restore(report, scene) {
  const { binlogs, mysql } = scene;
  scene.mysql = await database(report, scene, mysql.port);
  const told = await bringBack(scene, scene.mysql, binlogs);
  report.say(`      ${told.trim().replaceAll('\n', '\n      ')}`);
  await giveAccounts(scene.mysql, scene.secrets);
}

/** docker/mysql/restore.sh with the newest dump. @returns what it said */
async function bringBack({ backups }, server, binlogs, stopAt) {
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

async function recovered({ auth, orders }, members) {
  const someone = members.all[0];
  await eventually(
    async () => {
      const { status, json } = await members.signIn(someone);
      if (status !== 200 || !json.data.refresh_token) throw new Error(`sign-in answers ${status}`);
      for (const { url, name } of [...auth, orders]) {
        const ready = await (await fetch(`${url}/ready`, { signal: AbortSignal.timeout(2_000) })).json();
        if (ready.status !== 'ready') throw new Error(`${name} is ${ready.status}`);
      }
    },
    { timeoutMs: 60_000, everyMs: 100 },
  );
}

async function compare(report, members) {
  const zero = (what, lost) => report.saw(what, lost, { promise: '0', kept: lost === 0 });
  report.saw('people who were told that they have an account', members.all.length, {
    promise: 'at least 18',
    kept: members.all.length >= 18,
  });
  const count = async (list, isLost) => (await Promise.all(list.map(isLost))).filter(Boolean).length;
  const [open, ended] = [members.acknowledged('in'), members.acknowledged('out')];
  report.saw('sessions open, and sessions ended', `${open.length}, ${ended.length}`, {
    promise: 'some of each',
    kept: open.length > 5 && ended.length > 3,
  });
  const { orders } = members.services;
  zero(
    'ended sessions whose access token is taken by orders',
    await count(
      ended,
      async ({ accessToken }) => (await members.ask(orders, '/api/orders', { token: accessToken })).status !== 401,
    ),
  );
  zero(
    'ended sessions that refresh',
    await count(ended, async ({ refreshToken }) => (await members.refresh(refreshToken)).status !== 401),
  );
  zero(
    'orders that are gone',
    await count(open, async (member) => {
      const { status, json } = await members.ask(orders, '/api/orders', { token: member.accessToken });
      return status !== 200 || json.data.orders.length < member.orders;
    }),
  );
  const spent = open.filter(({ spentToken }) => spentToken);
  zero(
    'open sessions that do not refresh',
    await count(open, async (member) => {
      const { status, json } = await members.refresh(member.refreshToken);
      if (status === 200) member.refreshToken = json.data.refresh_token;
      return status !== 200;
    }),
  );
  zero(
    'spent refresh tokens that work',
    await count(spent, async ({ spentToken }) => (await members.refresh(spentToken)).status === 200),
  );
  let gone = 0;
  for (const member of members.all) if ((await members.signIn(member)).status !== 200) gone += 1;
  zero('people who cannot sign in', gone);
}

async function verifyAudit(report, scene) {
  const { stdout } = await job('auth/dist/audit-cli.js', authEnv(scene), '--json');
  const told = JSON.parse(stdout);
  report.saw('events of the audit log', told.checked ?? told.events ?? 'verified', {
    promise: 'each hangs on the one before',
  });
}

async function turnBack(report, scene) {
  await dump(scene);
  const members = new Members(scene);
  members.begin(2);
  await pause(1_500);
  await members.end();
  const users = () => countUsers(scene.mysql);
  const before = await users();
  // A binlog counts in seconds.
  await pause(1_100);
  const stopAt = new Date().toISOString().slice(0, 19).replace('T', ' ');
  await pause(1_100);
  await sql(scene.mysql, 'SET FOREIGN_KEY_CHECKS = 0; DELETE FROM gatehouse.users');
  const after = await users();
  const second = await startMysql({ args: ['--server-id=2'] });
  report.atEnd('the second MariaDB', () => second.kill());
  await bringBack(scene, second, scene.binlogs, stopAt);
  const back = await countUsers(second);
  report.saw('people before, after, and in the database of the moment before', `${before}, ${after}, ${back}`, {
    promise: `${before}, 0, ${before}`,
    kept: after === 0 && back === before,
  });
}

const countUsers = async (server) => Number((await sql(server, 'SELECT COUNT(*) FROM gatehouse.users')).trim());

async function sql({ port }, statement) {
  const { stdout } = await execute('mysql', [
    '-h',
    '127.0.0.1',
    '-P',
    String(port),
    '-u',
    'root',
    '-N',
    '-e',
    statement,
  ]);
  return stdout;
}
