// Prints what the changelog says of the version a tag names, once everything is of that version.
//   node tools/release/notes.mjs v0.2.0
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal, runMain, TOP } from '../run/top.mjs';
import { notesOf } from './changelog.mjs';
import { versionOfAll } from './versions.mjs';

await runMain(() => {
  const [tag] = process.argv.slice(2);
  const version = versionOfAll();
  if (tag !== `v${version}`) throw new Refusal(`The tag is ${tag}, and everything is of version ${version}.`);
  process.stdout.write(notesOf(readFileSync(join(TOP, 'CHANGELOG.md'), 'utf8'), version));
});
