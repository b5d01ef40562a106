// The scripts that take a backup and bring it back, on small databases of a real server.
import { execFile } from 'node:child_process';
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
  await sql(server, `CREATE USER 'backup'@'%' IDENTIFIED BY 'pass'; GRANT ALL ON *.* TO 'backup'@'%'`);
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
  const password = join(testFolder('secret'), 'password');
  writeFileSync(password, 'pass');
  const isMaria = (await sql(server, 'SELECT VERSION()')).includes('MariaDB');
  await run('bash', [join(TOP, 'k8s/mysql/backup.sh')], {
    env: {
      ...{ PATH, DB_HOST: '127.0.0.1', MYSQL_TCP_PORT: String(server.port), DB_USER: 'backup' },
      ...{ PASSWORD_FILE: password, BACKUPS: backups, KEEP_DAYS: '14' },
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
