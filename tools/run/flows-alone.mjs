import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TOP } from './top.mjs';

const FOLDER = join(TOP, 'apps/system-flows/src');

/**
 * System flows that ask what is answered and not how soon: they run among all other tests. The others promise milliseconds across
 * half a dozen processes, or an answer in two seconds from one that waits most of that for a server which is gone. They run one
 * after the other when all tests are through; so does a new one until it is named here.
 */
const SHARING = [
  'change-to-keys',
  'crowds',
  'gateway-configuration',
  'hostile-input',
  'interop',
  'isolation',
  'monitoring',
  'npm-start',
  'rolling-upgrade',
  'tracing',
].map((name) => `${name}.spec.ts`);

/** Paths of the flows that must not run beside other tests. */
export const FLOWS_ALONE = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.spec.ts') && !SHARING.includes(name))
  .map((name) => join(FOLDER, name));
