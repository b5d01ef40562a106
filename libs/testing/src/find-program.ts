import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The first of `names` on the PATH or where Debian puts servers. */
export function findProgram(...names: string[]): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  for (const name of names) {
    for (const folder of folders.filter(Boolean)) {
      const path = join(folder, name);
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

export function requireProgram(what: string, ...names: string[]): string {
  const path = findProgram(...names);
  if (path) return path;
  throw new Error(
    `${what} is needed for this test and was not found. Either put ${names.join(' or ')} on the PATH, or run \`npm test\` as ` +
      'root on Debian, which installs it. Tests that stop and start a server cannot use one they do not own.',
  );
}
