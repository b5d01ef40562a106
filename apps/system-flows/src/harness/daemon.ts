import { type Child, eventually, findProgram, startChild } from '@gatehouse/testing';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { START_MS } from './app-process.js';

const TOP = join(__dirname, '../../../..');

/** Where a text of a configuration file becomes another: ports, paths and addresses, and nothing else. */
export type Substitutions = Readonly<Record<string, string>>;

/**
 * A configuration file of the repository with ports and paths of this machine in it.
 *
 * @throws when one of the texts is not in the file: the test would then try something else than the file says.
 */
export function substituted(file: string, places: Substitutions): string {
  return Object.entries(places).reduce(
    (text, [from, to]) => {
      if (!text.includes(from)) throw new Error(`${file} does not say ${from}`);
      return text.replaceAll(from, to);
    },
    readFileSync(join(TOP, file), 'utf8'),
  );
}

/** Writes {@link substituted} to a file. @returns its path */
export function writeSubstituted(file: string, places: Substitutions, target: string): string {
  writeFileSync(target, substituted(file, places));
  return target;
}

/** Starts a program nobody here wrote and waits until it takes connections on `port`. */
export async function startDaemon(
  program: string,
  args: readonly string[],
  port: number,
  env?: Readonly<Record<string, string>>,
): Promise<Child> {
  const path = findProgram(program);
  if (!path) throw new Error(`${program} is not there; \`npm test\` as root on Debian installs it`);
  const child = startChild(path, args, env ? { env } : {});
  await eventually(
    async () => {
      if (!child.isRunning()) return;
      await isListening(port);
    },
    { timeoutMs: START_MS },
  );
  if (!child.isRunning()) throw new Error(`${program} ended at once:\n${child.output()}`);
  return child;
}

function isListening(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve()));
    socket.once('error', reject);
  });
}
