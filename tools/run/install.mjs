import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './command.mjs';
import { TOP } from './top.mjs';

/** Whether node_modules is what the lock says: npm writes its own lock into it at the end of each install. */
export function isInstalled(top = TOP) {
  const written = join(top, 'node_modules', '.package-lock.json');
  if (!existsSync(written)) return false;
  return statSync(written).mtimeMs >= statSync(join(top, 'package-lock.json')).mtimeMs;
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
