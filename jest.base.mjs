import { join } from 'node:path';

// Tests run the TypeScript sources as CommonJS: on Node below 24.9 Jest cannot `require()` an ES module of its own. Packages are
// loaded by Node, once for each worker, on Node's own globals: see tools/jest. Production runs the ES modules that `tsc` writes;
// the system flows start those builds as real processes.
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

export const base = {
  testEnvironment: join(import.meta.dirname, 'tools/jest/environment.cjs'),
  runtime: join(import.meta.dirname, 'tools/jest/runtime.cjs'),
  // Resolves `@gatehouse/*` to the TypeScript sources, so that unit tests need no build.
  testEnvironmentOptions: { customExportConditions: ['@gatehouse/source', 'node', 'require', 'default'] },
  testMatch: ['<rootDir>/{src,test}/**/*.spec.ts'],
  moduleFileExtensions: ['ts', 'js', 'mjs', 'json', 'node'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  transform: { '^.+\\.ts$': ['@swc/jest', ts], '^.+\\.m?js$': ['@swc/jest', js] },
  // Patience, no promise: tests run three at a time on two cores. What is to be quick is measured where it is.
  testTimeout: 60_000,
};
