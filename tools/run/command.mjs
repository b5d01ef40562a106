import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { Refusal, TOP } from './top.mjs';

/**
 * Runs a program to its end with its output on this terminal; `quiet`: with its complaints only.
 *
 * @returns its exit code; 1 when a signal ended it or it did not start.
 */
export async function run(command, args, { env = {}, cwd = TOP, quiet = false } = {}) {
  const child = spawn(command, args, {
    cwd,
    stdio: ['inherit', quiet ? 'ignore' : 'inherit', 'inherit'],
    env: { ...process.env, ...env },
  });
  // The terminal signals the whole group; a signal to this process alone is handed on.
  const handOn = (signal) => child.kill(signal);
  process.on('SIGINT', handOn).on('SIGTERM', handOn);
  try {
    const [code] = await once(child, 'exit');
    return code ?? 1;
  } catch {
    return 1;
  } finally {
    process.off('SIGINT', handOn).off('SIGTERM', handOn);
  }
}

/** Like `run`, but anything other than success is a refusal that says what was being done. */
export async function must(what, command, args, options) {
  const code = await run(command, args, options);
  if (code !== 0) throw new Refusal(`${what} failed (exit code ${code}): ${[command, ...args].join(' ')}`);
}

/**
 * A program and its arguments, to be run on what others leave of the processor: whoever else wants it gets it at once. Where there
 * is no `nice` it takes its share.
 *
 * @returns {[string, string[]]} for `run`
 */
export function givingWay(command, args) {
  const nice = findProgram('nice');
  return nice ? [nice, ['-n', '19', command, ...args]] : [command, args];
}

/** The first of `names` on the PATH, or where Debian puts servers. */
export function findProgram(...names) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'].filter(Boolean);
  for (const name of names) {
    for (const path of folders.map((folder) => join(folder, name))) {
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        continue;
      }
    }
  }
  return undefined;
}

/** Arguments that start a package's command with this very Node, wherever it is: no shell, no npx. */
export const tool = (path) => join(TOP, 'node_modules', path);
export const TSC = tool('typescript/bin/tsc');
