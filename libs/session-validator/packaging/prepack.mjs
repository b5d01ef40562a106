// Before `npm pack` and `npm publish`: compiles, bundles, and puts the published manifest in the place of the workspace's.
// npm packs what lies in the folder and knows no other way to publish a manifest than having it there.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { bundle } from './bundle.mjs';
import { keepManifest, MANIFEST, PACKAGE, restoreManifest } from './manifest-swap.mjs';
import { publishedManifest } from './published-manifest.mjs';

restoreManifest();
// A copy made to be packed holds no sources: what was compiled is what it has.
if (existsSync(`${PACKAGE}/src`)) {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  execFileSync(process.execPath, [tsc, '-b', 'tsconfig.lib.json'], { cwd: PACKAGE, stdio: 'inherit' });
}
await bundle(PACKAGE);
const manifest = JSON.parse(readFileSync(MANIFEST, 'utf8'));
keepManifest();
writeFileSync(MANIFEST, `${JSON.stringify(publishedManifest(manifest), null, 2)}\n`);
