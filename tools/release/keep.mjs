// Keeps an app of a built checkout as one packed file, so that later versions can be tried side by side with it.
//   node tools/release/keep.mjs <checkout> <app> <file.mjs.gz>
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { rollup } from 'rollup';

const [checkout, app, file] = process.argv.slice(2);
if (!file || !existsSync(join(checkout, 'apps', app, 'dist/main.js'))) {
  process.stderr.write('usage: node tools/release/keep.mjs <built checkout> <app> <file.mjs.gz>\n');
  process.exit(2);
}

/** Our own libraries as they were; what comes from npm stays outside and is taken as it is today. */
const ownLibraries = {
  name: 'own-libraries',
  resolveId(source) {
    const [, library, door] = /^@gatehouse\/([^/]+)(\/.+)?$/.exec(source) ?? [];
    if (library === undefined) return /^[./]/.test(source) ? null : { id: source, external: true };
    const folder = join(checkout, 'libs', library);
    const { exports } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
    const found = exports[`.${door ?? ''}`];
    return join(folder, found.import?.default ?? found.import ?? found.default);
  },
};

const bundle = await rollup({
  input: join(checkout, 'apps', app, 'dist/main.js'),
  plugins: [ownLibraries],
  onwarn: ({ code, message }) => {
    if (code !== 'THIS_IS_UNDEFINED' && code !== 'CIRCULAR_DEPENDENCY') process.stderr.write(`${message}\n`);
  },
});
const { output } = await bundle.generate({ format: 'es', inlineDynamicImports: true });
const packed = gzipSync(output[0].code, { level: 9 });
writeFileSync(file, packed);
process.stdout.write(`${file}: ${Math.round(packed.length / 1024)} KB\n`);
