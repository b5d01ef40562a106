import { testFolder } from '@gatehouse/testing';
import { cpSync, mkdirSync, readdirSync, readlinkSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

export const TOP = join(__dirname, '../../..');
const OURS = '@gatehouse';

/**
 * A copy of the workspace to generate into: its settings, its libraries (as built) and tools, and of the apps what the
 * generator reads. Packages of others are shared with the original; our own lead into the copy.
 */
export function workspaceCopy(): string {
  const copy = testFolder('workspace');
  const files = readdirSync(TOP, { withFileTypes: true }).filter((entry) => entry.isFile());
  for (const name of [...files.map((entry) => entry.name), 'apps/orders/package.json', 'docker/Dockerfile']) take(name);
  for (const name of ['libs', 'tools']) take(name);

  const modules = join(TOP, 'node_modules');
  mkdirSync(join(copy, 'node_modules', OURS), { recursive: true });
  for (const name of readdirSync(modules)) {
    if (name !== OURS) symlinkSync(join(modules, name), join(copy, 'node_modules', name));
  }
  for (const name of readdirSync(join(modules, OURS))) {
    // Relative, as npm makes them: the same words lead into the copy.
    symlinkSync(readlinkSync(join(modules, OURS, name)), join(copy, 'node_modules', OURS, name));
  }
  return copy;

  function take(name: string): void {
    const skipped = /[\\/](out-spec|coverage)$/;
    // Times are kept, so that what is built counts as built.
    cpSync(join(TOP, name), join(copy, name), {
      recursive: true,
      preserveTimestamps: true,
      filter: (path) => !skipped.test(path),
    });
  }
}
