// CommonJS: Jest loads its environments with `require`.
const { LegacyFakeTimers, ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');
const { AsyncLocalStorage } = require('node:async_hooks');

/** Packages that keep a list of our classes, and by it every file those come from; and how to empty it. */
const LISTS = {
  'class-transformer/cjs/storage.js': ({ defaultMetadataStorage }) => defaultMetadataStorage.clear(),
};
/** What is told to the process of a worker. Who goes on listening keeps every file it comes from. */
const EVENTS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2', 'exit'];

const USED = Symbol.for('gatehouse.jest.storages');
/** Those in use. Node 20 hands each of them on with every promise, and there is one for each database that a file has opened. */
const storages = (AsyncLocalStorage[USED] ??= noteUse(new Set()));

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
  #listeners = new Map(EVENTS.map((event) => [event, new Set(process.listeners(event))]));
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
    for (const [event, before] of this.#listeners) {
      for (const one of process.listeners(event)) if (!before.has(one)) process.off(event, one);
    }
    // Who is used again is in use again.
    for (const storage of storages) storage.disable();
    storages.clear();
    for (const [file, empty] of Object.entries(LISTS)) {
      const loaded = require.cache[require.resolve(file)];
      if (loaded) empty(loaded.exports);
    }
  }
};

/** Once for each worker, however often this file is loaded. */
function noteUse(used) {
  for (const name of ['run', 'enterWith']) {
    const original = AsyncLocalStorage.prototype[name];
    AsyncLocalStorage.prototype[name] = function (...args) {
      used.add(this);
      return Reflect.apply(original, this, args);
    };
  }
  return used;
}
