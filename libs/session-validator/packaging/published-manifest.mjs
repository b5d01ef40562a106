import { doorsOf } from './doors.mjs';

/** Of use in the workspace only. Dependencies stay as they are: npm tells the registry those of the workspace manifest. */
const PRIVATE_FIELDS = ['scripts', 'devDependencies', 'nx'];

/**
 * The manifest users get. In the workspace a door leads to the sources or to what `tsc` made of them; in the tarball to the
 * bundle, for `import` and for `require`, each with its own types.
 */
export function publishedManifest(manifest) {
  const entries = Object.entries(manifest).filter(([field]) => !PRIVATE_FIELDS.includes(field));
  const doors = doorsOf(manifest).map(({ door, name }) => [door, formatsOf(name)]);
  const { import: esm, require: cjs } = formatsOf('index');
  return {
    ...Object.fromEntries(entries),
    // For tools from before `exports`; they see the first door only.
    main: cjs.default,
    module: esm.default,
    types: cjs.types,
    exports: { ...Object.fromEntries(doors), './package.json': './package.json' },
  };
}

// `types` first: TypeScript takes the first condition that fits.
const formatsOf = (name) => ({
  import: { types: `./dist/esm/${name}.d.ts`, default: `./dist/esm/${name}.js` },
  require: { types: `./dist/cjs/${name}.d.cts`, default: `./dist/cjs/${name}.cjs` },
});
