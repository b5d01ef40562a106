// Tests run the TypeScript sources as CommonJS: on Node below 24.9 Jest cannot `require()` an ES module, and Nest 12 is
// one. Production runs the ES modules that `tsc` writes; the system flows start those builds as real processes.
const ts = {
  jsc: {
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true, useDefineForClassFields: false },
    target: 'es2022',
    keepClassNames: true,
  },
  module: { type: 'commonjs' },
  sourceMaps: true,
  swcrc: false,
};
const js = {
  jsc: { parser: { syntax: 'ecmascript' }, target: 'es2022' },
  module: { type: 'commonjs' },
  sourceMaps: true,
  swcrc: false,
};

/** Packages that ship ES modules only and must be transformed for Jest. Extend when a new one joins. */
const esmOnly = [
  '@nestjs',
  'file-type',
  'strtok3',
  'token-types',
  'uint8array-extras',
  '@tokenizer',
  '@borewit',
  'jose',
  'load-esm',
  'openid-client',
  'oauth4webapi',
  'cookie',
  'content-disposition',
  'glob',
  'minimatch',
  'path-scurry',
  'minipass',
  '@isaacs',
  'foreground-child',
  'brace-expansion',
  'balanced-match',
  'package-json-from-dist',
  'lru-cache',
  // CommonJS, but it imports `http` at run time, which Jest does not let untransformed files do.
  '@opentelemetry/otlp-exporter-base',
].join('|');

export const base = {
  testEnvironment: 'node',
  // Resolves `@gatehouse/*` to the TypeScript sources, so that unit tests need no build.
  testEnvironmentOptions: { customExportConditions: ['@gatehouse/source', 'node', 'require', 'default'] },
  testMatch: ['<rootDir>/{src,test}/**/*.spec.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json', 'node'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['@swc/jest', ts], '^.+\\.m?js$': ['@swc/jest', js] },
  // Judged on the innermost node_modules, since a package may carry its own copy of an ES-module-only dependency.
  transformIgnorePatterns: [`/node_modules/(?!.*/node_modules/)(?!(${esmOnly})/)`],
  testTimeout: 30_000,
};
