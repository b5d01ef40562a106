import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rollup } from 'rollup';
import { dts } from 'rollup-plugin-dts';
import { doorsOf } from './doors.mjs';

/** What is private to the workspace goes into the bundle; everything else stays an import of the published package. */
const PRIVATE = '@gatehouse/';
const FORMATS = [
  { folder: 'dist/esm', format: 'es', extension: '.js', types: '.d.ts' },
  { folder: 'dist/cjs', format: 'cjs', extension: '.cjs', types: '.d.cts' },
];

/**
 * Makes what the tarball holds of the compiled modules: each door as an ES module and as CommonJS, with types for both.
 * What doors share lies in chunks, so a class or a symbol exists once per format, whichever door it came through.
 *
 * @param folder - of the package, compiled (`tsc -b`)
 */
export async function bundle(folder) {
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const doors = doorsOf(manifest);
  const published = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const entries = (kind) => Object.fromEntries(doors.map((door) => [door.name, join(folder, door[kind])]));

  const code = await open(entries('module'), [privateModules('.js'), compiledMaps()], published);
  const types = await open(entries('types'), [privateModules('.d.ts'), dts()], published);
  for (const format of FORMATS) {
    const dir = join(folder, format.folder);
    rmSync(dir, { recursive: true, force: true });
    mkdirSync(dir, { recursive: true });
    await code.write({ dir, format: format.format, sourcemap: true, ...names(format.extension) });
    await types.write({ dir, format: 'es', ...names(format.types) });
  }
  await Promise.all([code.close(), types.close()]);
}

const names = (extension) => ({
  entryFileNames: `[name]${extension}`,
  chunkFileNames: ({ name }) => `shared/${name.replace(/\.d$/, '')}${extension}`,
  hoistTransitiveImports: false,
});

function open(input, plugins, published) {
  const isPublished = (id) => published.some((name) => id === name || id.startsWith(`${name}/`));
  return rollup({
    input,
    plugins,
    external: (id) => isBuiltin(id) || isPublished(id),
    // An import that nothing provides would only be noticed by the first user.
    onwarn: (warning) => {
      // The decorator helper of `tsc` asks for `this` first, on purpose.
      if (warning.code === 'THIS_IS_UNDEFINED') return;
      throw new Error(warning.message);
    },
  });
}

/** Resolves our own private packages to what they were compiled to. */
function privateModules(extension) {
  return {
    name: 'private-modules',
    resolveId(id) {
      if (!id.startsWith(PRIVATE)) return null;
      return fileURLToPath(import.meta.resolve(id)).replace(/\.js$/, extension);
    },
  };
}

/** Hands on the maps of `tsc`, so that a stack trace and a debugger lead to the TypeScript sources. */
function compiledMaps() {
  return {
    name: 'compiled-maps',
    load(id) {
      const code = readFileSync(id, 'utf8').replace(/\n\/\/# sourceMappingURL=.*\s*$/, '\n');
      return { code, map: JSON.parse(readFileSync(`${id}.map`, 'utf8')) };
    },
  };
}
