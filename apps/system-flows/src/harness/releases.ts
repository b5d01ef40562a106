import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

const KEPT = join(__dirname, '../../releases');
const UNPACKED = join(__dirname, '../../out-spec/releases');

/** Releases of an app that are kept (see `tools/release/keep.mjs`), oldest first, as programs to run. */
export function keptReleases(app: string): { readonly version: string; readonly main: string }[] {
  mkdirSync(UNPACKED, { recursive: true });
  return readdirSync(KEPT)
    .filter((file) => file.startsWith(`${app}-`))
    .sort()
    .map((file) => {
      const main = join(UNPACKED, file.replace(/\.gz$/, ''));
      writeFileSync(main, gunzipSync(readFileSync(join(KEPT, file))));
      return { version: file.slice(app.length + 1, -'.mjs.gz'.length), main };
    });
}
