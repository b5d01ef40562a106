// CommonJS: Jest loads its runtimes with `require`.
const { createRequire } = require('node:module');
const { sep } = require('node:path');
const { compileFunction } = require('node:vm');
const { default: Runtime } = require('jest-runtime');

const PACKAGES = `${sep}node_modules${sep}`;

/**
 * Loads our own sources anew for each test file, as Jest does, and packages by Node: once for each worker, in the form Node
 * gives them in production too, ES modules included. To load Nest and TypeORM anew cost each file more than a second.
 *
 * It goes with `environment.cjs`: both run in one realm. What a test mocks with `jest.mock` is asked for before this and does not
 * come here.
 */
module.exports = class NodeRuntime extends Runtime {
  constructor(...given) {
    super(...given);
    const { executor } = this;
    executor.compile = (source, filename) => compileFunction(source, executor.injectedModuleParameters, { filename });
  }

  requireModule(from, name, options, isRequireActual) {
    if (!options?.isInternalModule && this.#isInPackage(from, name)) return createRequire(from)(name);
    return super.requireModule(from, name, options, isRequireActual);
  }

  /** Libraries of the workspace are linked into `node_modules`, and resolve to where they really are. */
  #isInPackage(from, name) {
    if (name === undefined || name.startsWith('.') || this._resolution.isCoreModule(name)) return false;
    return this._resolution.resolveCjs(from, name).includes(PACKAGES);
  }
};
