import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './find-program.js';
import { testFolder } from './test-folder.js';

const run = promisify(execFile);

/** What a data folder is made with, and a server on it must be started with too. `loose`: for those who know it. */
export const DATA_ARGS: readonly string[] = ['--loose-innodb-log-file-size=16M'];

/** The servers refuse to run as root unless told to. Not every package that brings one makes an account for it. */
export const accountArgs = (): string[] => (userInfo().uid === 0 ? ['--user=root'] : []);

/**
 * Puts a fresh data folder at `target`. To make one takes seconds, to copy one next to none: it is made once for each version
 * of the server, kept among the temporary files of this account, and copied from then on.
 *
 * @param program - `mysqld` or `mariadbd`
 */
export async function placeMysqlData(program: string, target: string): Promise<void> {
  const kept = keptFolder(program);
  if (!isOurs(kept)) keep(await makeData(program), kept);
  await run('cp', ['-R', join(kept, 'data'), target]);
}

/** @returns a folder with `data` in it */
async function makeData(program: string): Promise<string> {
  const folder = testFolder('mysql-data');
  const [data, scratch] = [join(folder, 'data'), join(folder, 'scratch')];
  mkdirSync(data);
  mkdirSync(scratch);
  const places = [`--datadir=${data}`, `--tmpdir=${scratch}`];
  const installer = findProgram('mariadb-install-db');
  if (installer) {
    const args = ['--no-defaults', ...accountArgs(), ...places, ...DATA_ARGS, '--skip-test-db'];
    await run(installer, [...args, '--auth-root-authentication-method=normal']);
  } else {
    await run(program, ['--no-defaults', ...accountArgs(), ...places, ...DATA_ARGS, '--initialize-insecure']);
    // The name a server goes by among others; each makes its own.
    rmSync(join(data, 'auto.cnf'), { force: true });
  }
  return folder;
}

function keptFolder(program: string): string {
  const path = realpathSync(program);
  const { size, mtimeMs } = statSync(path);
  const which = createHash('sha256').update(JSON.stringify([path, size, mtimeMs, DATA_ARGS]));
  return join(tmpdir(), `gatehouse-mysql-${userInfo().uid}-${which.digest('hex').slice(0, 16)}`);
}

/** Anybody may put something there under our name. */
function isOurs(folder: string): boolean {
  const found = lstatSync(folder, { throwIfNoEntry: false });
  if (!found) return false;
  if (found.isDirectory() && found.uid === userInfo().uid) return true;
  throw new Error(`${folder} belongs to somebody else; it is where tests keep an empty database to copy.`);
}

/** Whole or not at all: others may do the same at this moment, and then theirs is as good. */
function keep(made: string, kept: string): void {
  try {
    renameSync(made, kept);
  } catch (error) {
    if (!isOurs(kept)) throw error;
  }
}
