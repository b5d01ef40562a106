// `node run-typescript.cjs program.ts`: runs these sources in a plain process as Jest does, TypeScript as CommonJS, `.js` in an import
// meaning the `.ts` beside it.
const { transformSync } = require('@swc/core');
const { readFileSync, existsSync } = require('node:fs');
const Module = require('node:module');
const { dirname, resolve } = require('node:path');

const options = {
  jsc: { parser: { syntax: 'typescript', decorators: true }, target: 'es2022' },
  module: { type: 'commonjs' },
  swcrc: false,
};

require.extensions['.ts'] = (module, filename) => {
  module._compile(transformSync(readFileSync(filename, 'utf8'), { ...options, filename }).code, filename);
};

const resolveFilename = Module._resolveFilename;
Module._resolveFilename = function (request, parent, ...rest) {
  const source = /^\.{1,2}\/.*\.js$/.test(request) && resolve(dirname(parent.filename), `${request.slice(0, -3)}.ts`);
  return source && existsSync(source) ? source : resolveFilename.call(this, request, parent, ...rest);
};

require(resolve(process.argv[2]));
