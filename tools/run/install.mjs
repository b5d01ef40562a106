import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './command.mjs';
import { TOP } from './top.mjs';

/** Whether node_modules is what the lock says: npm writes its own lock into it at the end of each install. */
function isInstalled() {
  const written = join(TOP, 'node_modules', '.package-lock.json');
  if (!existsSync(written)) return false;
  return statSync(written).mtimeMs >= statSync(join(TOP, 'package-lock.json')).mtimeMs;
}

/** `npm ci`, unless there is nothing to do. */
export async function install() {
  if (isInstalled()) return 'nothing to do';
  await must('Installing packages', process.platform === 'win32' ? 'npm.cmd' : 'npm', [
    'ci',
    '--no-fund',
    '--no-audit',
  ]);
  return 'npm ci';
}
