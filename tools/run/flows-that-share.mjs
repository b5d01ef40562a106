import { join } from 'node:path';
import { TOP } from './top.mjs';

const FOLDER = join(TOP, 'apps/system-flows/src');

/**
 * System flows that ask what is answered and not how soon: two of them may use the machine at a time. All others promise
 * milliseconds across half a dozen processes and have it to themselves; so has a new one until it is named here.
 */
const SHARING = [
  'change-to-keys',
  'gateway-configuration',
  'hostile-input',
  'interop',
  'isolation',
  'rolling-upgrade',
].map((name) => join(FOLDER, `${name}.spec.ts`));

/** Arguments for Jest: the flows that share, and the others. */
export const FLOWS_THAT_SHARE = ['--runTestsByPath', ...SHARING, '--maxWorkers=2'];
export const FLOWS_ALONE = ['--testPathIgnorePatterns', '/node_modules/', ...SHARING, '--runInBand'];
