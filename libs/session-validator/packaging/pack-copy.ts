import { testFolder } from '@gatehouse/testing';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

export const TOP = join(__dirname, '../../..');
const HERE = join(TOP, 'libs/session-validator');

/** A tarball of the library, and the folder it was packed in. */
export interface Packed {
  readonly tarball: string;
  readonly folder: string;
}

/**
 * Compiles the library and runs `npm pack` in a copy of it: packing changes the manifest for a moment, which must not
 * happen under other tests that read it.
 */
export function packCopy(): Packed {
  execFileSync(process.execPath, [join(TOP, 'node_modules/typescript/bin/tsc'), '-b', 'tsconfig.lib.json'], {
    cwd: HERE,
    stdio: 'pipe',
  });
  const top = testFolder('packed');
  const folder = join(top, 'libs/session-validator');
  mkdirSync(folder, { recursive: true });
  symlinkSync(join(TOP, 'node_modules'), join(top, 'node_modules'));
  // npm places a package beside the one that needs it when another version has the place at the top.
  const own = join(HERE, 'node_modules');
  if (existsSync(own)) symlinkSync(own, join(folder, 'node_modules'));
  for (const name of ['package.json', 'README.md', 'LICENSE', 'dist', 'packaging']) {
    cpSync(join(HERE, name), join(folder, name), { recursive: true });
  }
  execFileSync('npm', ['pack', '--silent', '--pack-destination', top], { cwd: folder, stdio: 'pipe' });
  const name = readdirSync(top).find((file) => file.endsWith('.tgz'));
  if (name === undefined) throw new Error('npm pack left no tarball');
  return { tarball: join(top, name), folder };
}
