// CommonJS: Jest loads its runtimes with `require`.
const { createRequire } = require('node:module');
const { dirname, sep } = require('node:path');
const { compileFunction } = require('node:vm');
const { default: Runtime } = require('jest-runtime');

const PACKAGES = `${sep}node_modules${sep}`;

/** What each of our files was compiled to, and from. */
const bodies = new Map();
/** Packages by the folder that asked and the name it used; `undefined` for what is none. */
const packages = new Map();

/**
 * Loads our own sources anew for each test file, as Jest does, and packages by Node: once for each worker, in the form Node
 * gives them in production too, ES modules included. To load Nest and TypeORM anew cost each file more than a second.
 *
 * Our sources are run anew and compiled once: a file that is run again begins with nothing of what an earlier run left in it.
 *
 * It goes with `environment.cjs`: both run in one realm. What a test mocks with `jest.mock` is asked for before this and does not
 * come here.
 */
module.exports = class NodeRuntime extends Runtime {
  constructor(...given) {
    super(...given);
    const { executor } = this;
    executor.compile = (source, filename) => compiled(source, filename, executor.injectedModuleParameters);
  }

  requireModule(from, name, options, isRequireActual) {
    if (!options?.isInternalModule && name !== undefined && !name.startsWith('.')) {
      const found = this.#packageOf(from, name);
      if (found) return found.exports;
    }
    return super.requireModule(from, name, options, isRequireActual);
  }

  /** Libraries of the workspace are linked into `node_modules`, and resolve to where they really are. */
  #packageOf(from, name) {
    const key = `${dirname(from)} ${name}`;
    if (!packages.has(key)) {
      const isPackage =
        !this._resolution.isCoreModule(name) && this._resolution.resolveCjs(from, name).includes(PACKAGES);
      packages.set(key, isPackage ? { exports: createRequire(from)(name) } : undefined);
    }
    return packages.get(key);
  }
};

function compiled(source, filename, parameters) {
  const kept = bodies.get(filename);
  if (kept?.source === source) return kept.body;
  const body = compileFunction(source, parameters, { filename });
  bodies.set(filename, { source, body });
  return body;
}
