// The scripts that take a backup and bring it back, on small databases of a real server.
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type MysqlServer, startMysql, testFolder } from '@gatehouse/testing';

const run = promisify(execFile);
const TOP = join(__dirname, '../..');
const { PATH } = process.env;

let server: MysqlServer;
let fresh: MysqlServer;
let binlogs: string;
let backups: string;
/** Passwords of the accounts that docker/mysql/accounts.sh makes. */
const secrets = testFolder('mysql-secrets');

beforeAll(async () => {
  const folder = testFolder('binlog');
  binlogs = join(folder, 'files');
  mkdirSync(binlogs);
  // The server may run under an account of its own.
  chmodSync(folder, 0o777);
  chmodSync(binlogs, 0o777);
  [server, fresh] = await Promise.all([
    startMysql({ args: [`--log-bin=${join(binlogs, 'binlog')}`, '--server-id=1'] }),
    startMysql(),
  ]);
  backups = testFolder('backups');
  await sql(server, 'CREATE DATABASE gatehouse; CREATE DATABASE orders; CREATE TABLE gatehouse.t (n INT PRIMARY KEY)');
  for (const role of ['migrate', 'auth', 'orders', 'exporter', 'backup'])
    writeFileSync(join(secrets, `mysql-${role}-password`), randomBytes(18).toString('hex'));
  await run('bash', [join(TOP, 'docker/mysql/accounts.sh')], {
    env: { PATH, SECRETS: secrets, MYSQL: `mysql -h 127.0.0.1 -P ${server.port} -u root` },
  });
  await sql(server, 'INSERT INTO gatehouse.t VALUES (1)');
  await backUp();
  await sql(server, 'INSERT INTO gatehouse.t VALUES (2); FLUSH BINARY LOGS; INSERT INTO gatehouse.t VALUES (3)');
  await sql(server, 'FLUSH BINARY LOGS; INSERT INTO gatehouse.t VALUES (4)');
}, 60_000);
afterAll(() => Promise.all([server.kill(), fresh.kill()]));

async function sql({ port }: MysqlServer, statement: string): Promise<string> {
  const { stdout } = await run('mysql', ['-h', '127.0.0.1', '-P', String(port), '-u', 'root', '-N', '-e', statement]);
  return stdout.trim();
}

async function backUp(): Promise<void> {
  const isMaria = (await sql(server, 'SELECT VERSION()')).includes('MariaDB');
  await run('bash', [join(TOP, 'k8s/mysql/backup.sh')], {
    env: {
      ...{ PATH, DB_HOST: '127.0.0.1', MYSQL_TCP_PORT: String(server.port), DB_USER: 'backup' },
      ...{ PASSWORD_FILE: join(secrets, 'mysql-backup-password'), BACKUPS: backups, KEEP_DAYS: '14' },
      ...(isMaria ? { POSITION: '--master-data=2' } : {}),
    },
  });
}

const dump = () => join(backups, readdirSync(backups)[0]!);
const restore = (file: string, ...more: string[]) =>
  run('bash', [join(TOP, 'docker/mysql/restore.sh'), file, ...more], {
    env: { PATH, DB_PORT: String(fresh.port), DB_USER: 'root' },
  });
const numbers = () => sql(fresh, 'SELECT GROUP_CONCAT(n ORDER BY n) FROM gatehouse.t');

it('brings back a dump with everything since, over several binlogs (R211, R214)', async () => {
  await restore(dump(), binlogs);
  expect(await numbers()).toBe('1,2,3,4');
});

it('brings back the dump alone, where there is no more', async () => {
  await restore(dump());
  expect(await numbers()).toBe('1');
});

it('brings back nothing of a dump that was cut off, and leaves what is there', async () => {
  const whole = gunzipSync(readFileSync(dump())).toString();
  const cut = join(testFolder('cut'), 'dump.sql.gz');
  writeFileSync(cut, gzipSync(whole.slice(0, whole.indexOf('-- Dump completed'))));
  await restore(dump(), binlogs);
  await expect(restore(cut, binlogs)).rejects.toMatchObject({ stderr: expect.stringContaining('not a whole dump') });
  expect(await numbers()).toBe('1,2,3,4');
});

it.each([
  ['the one in which the dump was taken', -3, 'changes since the dump are missing'],
  ['one between two others', -2, 'a binlog before'],
])('takes no row of binlogs for whole in which there is not %s', async (_which, at, told) => {
  const name = readdirSync(binlogs)
    .filter((file) => /\.\d+$/.test(file))
    .sort()
    .at(at)!;
  const hidden = join(testFolder('hidden'), name);
  renameSync(join(binlogs, name), hidden);
  try {
    await expect(restore(dump(), binlogs)).rejects.toMatchObject({ stderr: expect.stringContaining(told) });
  } finally {
    renameSync(hidden, join(binlogs, name));
  }
});

it.each([
  ['gatehouse-auth', 'auth', 'orders.t'],
  ['gatehouse-orders', 'orders', 'gatehouse.t'],
  ['gatehouse-auth', 'auth', 'mysql.user'],
  ['exporter', 'exporter', 'gatehouse.t'],
])('%s does not read what is not for it (M15)', async (user, role, table) => {
  await expect(as(user, role, `SELECT * FROM ${table}`)).rejects.toMatchObject({
    stderr: expect.stringMatching(/denied/),
  });
});

it('whoever works every day changes rows and no table; whoever migrates changes tables; whoever backs up changes nothing (M15)', async () => {
  await as('gatehouse-auth', 'auth', 'INSERT INTO gatehouse.t VALUES (90); DELETE FROM gatehouse.t WHERE n = 90');
  await as('gatehouse-migrate', 'migrate', 'CREATE TABLE orders.made (n INT); DROP TABLE orders.made');
  for (const [user, role, statement] of [
    ['gatehouse-auth', 'auth', 'DROP TABLE gatehouse.t'],
    ['gatehouse-auth', 'auth', 'ALTER TABLE gatehouse.t ADD x INT'],
    ['gatehouse-orders', 'orders', 'CREATE TABLE orders.made (n INT)'],
    ['gatehouse-migrate', 'migrate', `CREATE USER 'x'@'%'`],
    ['backup', 'backup', 'DELETE FROM gatehouse.t'],
    ['exporter', 'exporter', 'SET GLOBAL max_connections = 1'],
  ] as const) {
    const refused = { stderr: expect.stringMatching(/denied/) };
    await expect(as(user, role, statement)).rejects.toMatchObject(refused);
  }
});

/** Under an account of docker/mysql/accounts.sh. */
function as(user: string, role: string, statement: string) {
  const password = readFileSync(join(secrets, `mysql-${role}-password`), 'utf8');
  const args = ['-h', '127.0.0.1', '-P', String(server.port), '-u', user, '-e', statement];
  return run('mysql', args, { env: { PATH, MYSQL_PWD: password } });
}
