// `npm test`: everything, from a fresh clone, with nothing but Node and npm. A check that fails does not hide the next;
// what later steps stand on (packages, servers, a build) does end the run. The last line is `N passed, N failed`.
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { givingWay, run, tool, TSC } from './run/command.mjs';
import { FLOWS_ALONE, FLOWS_IN_PAIRS } from './run/flows-alone.mjs';
import { install } from './run/install.mjs';
import { providePeers } from './run/peers.mjs';
import { providePython } from './run/python.mjs';
import { provideServers } from './run/servers.mjs';
import { readCounts, Steps } from './run/steps.mjs';
import { checkNode, TOP } from './run/top.mjs';

const results = mkdtempSync(join(tmpdir(), 'gatehouse-results-'));
const steps = new Steps();
const FLOWS = join(TOP, 'apps/system-flows');
// One more than there are cores, for a worker waits for servers much of its time; but each may hold a gigabyte. One that has run
// many files holds their memory, and is then slow for the next: beyond the limit another takes its place.
const WORKERS = [`--maxWorkers=${Math.min(availableParallelism() + 1, 6)}`, '--workerIdleMemoryLimit=900MB'];
const LONGEST_FIRST = ['--testSequencer', join(TOP, 'tools/run/longest-first.cjs')];
let servers = { env: {}, release: async () => {} };

const node = (path, ...args) => run(process.execPath, [path, ...args], { env: servers.env });
const nodeGivingWay = (path, ...args) => run(...givingWay(process.execPath, [path, ...args]));
const projects = (folder) => readdirSync(join(TOP, folder)).map((name) => join(TOP, folder, name));

/** Runs Jest and counts its tests; a file that did not even load counts as one failure. */
async function jest(name, ...args) {
  const outputFile = join(results, `${name}.json`);
  const code = await node(tool('jest/bin/jest.js'), ...args, '--ci', '--json', `--outputFile=${outputFile}`);
  return { code, counts: readCounts(outputFile) };
}

/** What the tests run against, and what they try the whole with. One after the other: Debian's packages have one lock. */
async function provideMachine() {
  await steps.need('servers', async () => void (servers = await provideServers()));
  await steps.check('python', () => providePython());
  await steps.check('peers', () => providePeers());
}

/** Takes what the tests leave of the processor: they wait for servers and for time to pass. */
async function checkTypesAndLint() {
  await steps.check('types', () => nodeGivingWay(TSC, '-b'));
  await steps.check('lint', () => nodeGivingWay(tool('eslint/bin/eslint.js'), '--max-warnings', '0', '.'));
}

async function runTests() {
  const rooms = [
    ...projects('libs'),
    ...projects('apps').filter((path) => existsSync(join(path, 'jest.config.mjs'))),
    ...['tools', 'conformance', 'examples', 'bench'].map((folder) => join(TOP, folder)),
  ];
  const withoutLater = ['--testPathIgnorePatterns', '/node_modules/', ...FLOWS_IN_PAIRS, ...FLOWS_ALONE];
  await steps.check('tests', () =>
    jest('tests', '--projects', ...rooms, ...withoutLater, ...WORKERS, ...LONGEST_FIRST),
  );
  await steps.check('system flows in pairs', () =>
    jest('flows-in-pairs', '--projects', FLOWS, '--maxWorkers=2', '--runTestsByPath', ...FLOWS_IN_PAIRS),
  );
  await steps.check('system flows alone', () =>
    jest('flows-alone', '--projects', FLOWS, '--runInBand', '--runTestsByPath', ...FLOWS_ALONE),
  );
}

try {
  await steps.need('node', () => checkNode());
  // Side by side: npm fetches and unpacks its packages, Debian its own.
  await Promise.all([steps.need('packages', install), provideMachine()]);
  await steps.need('project graph', () => node(join(TOP, 'tools/walls/store-graph.mjs')));
  // Side by side: each of them works on one core.
  await Promise.all([
    steps.need('build', () =>
      node(TSC, '-b', ...['auth', 'orders', 'cli', 'gateway', 'dev-idp'].map((app) => `apps/${app}/tsconfig.lib.json`)),
    ),
    steps.check('format', () => node(tool('prettier/bin/prettier.cjs'), '--check', '--log-level', 'warn', '.')),
  ]);
  await Promise.all([runTests(), checkTypesAndLint()]);
} finally {
  await servers.release();
  rmSync(results, { recursive: true, force: true });
}
process.exitCode = steps.report();
