// CommonJS: Jest loads its environments with `require`.
const { LegacyFakeTimers, ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

/** Packages that keep a list of our classes, and by it every file those come from; and how to empty it. */
const LISTS = {
  'class-transformer/cjs/storage.js': ({ defaultMetadataStorage }) => defaultMetadataStorage.clear(),
};
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'];

/**
 * Runs test files on the globals of Node itself, one after the other in a worker. Jest's own environment gives each file a
 * realm, in which every look at a global goes through a proxy, and in which no package can be kept for the next file: errors
 * and arrays of one realm are none in another. What a file leaves on the globals is taken away when it ends, and what it
 * changed there is put back.
 */
module.exports = class NodeEnvironment {
  global = globalThis;
  #globals = Object.getOwnPropertyDescriptors(globalThis);
  #exit = process.exit;
  #variables = { ...process.env };
  #folder = process.cwd();
  #listeners = new Map(SIGNALS.map((signal) => [signal, new Set(process.listeners(signal))]));
  #conditions;
  #isOver = false;

  constructor({ projectConfig }) {
    this.#conditions = projectConfig.testEnvironmentOptions.customExportConditions;
    this.moduleMocker = new ModuleMocker(globalThis);
    const about = { config: projectConfig, global: globalThis };
    const timerConfig = { idToRef: (timer) => timer, refToId: (timer) => timer };
    this.fakeTimers = new LegacyFakeTimers({ ...about, moduleMocker: this.moduleMocker, timerConfig });
    this.fakeTimersModern = new ModernFakeTimers(about);
  }

  exportConditions() {
    return this.#conditions;
  }

  /** Nothing is run any more once this answers `null`; see `runtime.cjs` for what runs instead in a context. */
  getVmContext() {
    return this.#isOver ? null : globalThis;
  }

  async setup() {
    // Nothing but globals, and those are there.
  }

  async teardown() {
    this.fakeTimers.dispose();
    this.fakeTimersModern.dispose();
    this.#isOver = true;
    for (const key of Reflect.ownKeys(globalThis)) {
      if (!Object.hasOwn(this.#globals, key)) Reflect.deleteProperty(globalThis, key);
    }
    for (const key of Reflect.ownKeys(this.#globals)) {
      const was = this.#globals[key];
      if (was.configurable && 'value' in was && globalThis[key] !== was.value) {
        Object.defineProperty(globalThis, key, was);
      }
    }
    // In place: it is no ordinary object.
    for (const name of Object.keys(process.env)) if (!(name in this.#variables)) delete process.env[name];
    Object.assign(process.env, this.#variables);
    process.chdir(this.#folder);
    process.exit = this.#exit;
    for (const [signal, before] of this.#listeners) {
      for (const one of process.listeners(signal)) if (!before.has(one)) process.off(signal, one);
    }
    for (const [file, empty] of Object.entries(LISTS)) {
      const loaded = require.cache[require.resolve(file)];
      if (loaded) empty(loaded.exports);
    }
  }
};
