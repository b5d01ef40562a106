import { AsyncLocalStorage } from 'node:async_hooks';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { FLOWS_ALONE, FLOWS_IN_PAIRS } from '../run/flows-alone.mjs';
import LongestFirst from '../run/longest-first.cjs';
import NodeEnvironment from './environment.cjs';

const projectConfig = { testEnvironmentOptions: { customExportConditions: ['x'] }, fakeTimers: {} };
const start = () => new NodeEnvironment({ projectConfig });

describe('the environment of tests', () => {
  it('takes away what a file left on the globals, and puts back what it changed there', async () => {
    const [timeout, exit, folder] = [globalThis.setTimeout, process.exit, process.cwd()];
    process.env.KEPT_BY_TEST = 'as it was';
    const environment = start();
    globalThis.leftBehind = 1;
    globalThis.setTimeout = () => undefined;
    process.exit = () => undefined;
    process.env.KEPT_BY_TEST = 'changed';
    process.env.LEFT_BY_TEST = 'left';
    process.chdir(dirname(folder));
    const listeners = () => ['SIGHUP', 'exit'].map((event) => process.listenerCount(event));
    const before = listeners();
    process.on('SIGHUP', () => undefined);
    process.once('exit', () => undefined);

    await environment.teardown();
    expect('leftBehind' in globalThis).toBe(false);
    expect([globalThis.setTimeout, process.exit, process.cwd()]).toEqual([timeout, exit, folder]);
    expect([process.env.KEPT_BY_TEST, process.env.LEFT_BY_TEST]).toEqual(['as it was', undefined]);
    expect(listeners()).toEqual(before);
    delete process.env.KEPT_BY_TEST;
  });

  it('hands on nothing of what a file put into an AsyncLocalStorage, and lets the next one use it', async () => {
    const storage = new AsyncLocalStorage();
    const environment = start();
    storage.enterWith('of the file');
    expect(storage.getStore()).toBe('of the file');
    await environment.teardown();
    expect(storage.getStore()).toBeUndefined();
    expect(storage.run('of the next', () => storage.getStore())).toBe('of the next');
  });

  it('runs our files anew whenever they are loaded anew, and packages once', () => {
    const load = (name) => {
      let loaded;
      jest.isolateModules(() => (loaded = require(name)));
      return loaded;
    };
    const [one, other] = ['../run/top.mjs', '../run/top.mjs'].map(load);
    expect(other.TOP).toBe(one.TOP);
    expect(other.Refusal).not.toBe(one.Refusal);
    expect(load('ioredis')).toBe(load('ioredis'));
  });

  it('runs nothing once it is over', async () => {
    const environment = start();
    expect(environment.getVmContext()).toBe(globalThis);
    await environment.teardown();
    expect(environment.getVmContext()).toBeNull();
    expect(environment.exportConditions()).toEqual(['x']);
  });

  it('is that of Node: what packages make is what tests know', async () => {
    const { Redis } = await import('ioredis');
    expect(Object.getPrototypeOf(Redis.prototype)).toBeInstanceOf(Object);
    expect(new (await import('jose')).errors.JWTExpired('late', {})).toBeInstanceOf(Error);
    expect(Buffer.from('x')).toBeInstanceOf(Uint8Array);
  });
});

describe('the order of test files', () => {
  const { LONGEST } = LongestFirst;

  it('names files that are there, each once', () => {
    expect(LONGEST.filter((path) => !existsSync(path))).toEqual([]);
    expect(new Set(LONGEST).size).toBe(LONGEST.length);
  });

  it('keeps each flow that must not run beside others for later, in a pair or alone', () => {
    const later = [...FLOWS_IN_PAIRS, ...FLOWS_ALONE];
    expect(later.filter((path) => !existsSync(path))).toEqual([]);
    expect(new Set(later).size).toBe(later.length);
    expect(FLOWS_ALONE.length).toBeGreaterThan(0);
  });

  it('begins with those that take longest, and goes on with the larger of the others', () => {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-order-'));
    try {
      const [small, large] = ['small', 'large'].map((name) => join(folder, name));
      writeFileSync(small, 'x');
      writeFileSync(large, 'x'.repeat(100_000));
      const [first, second] = LONGEST;
      const tests = [small, second, large, first].map((path) => ({ path }));
      const sorted = new LongestFirst({}).sort(tests).map(({ path }) => path);
      expect(sorted).toEqual([first, second, large, small]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
