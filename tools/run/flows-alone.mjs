import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TOP } from './top.mjs';

const FOLDER = join(TOP, 'apps/system-flows/src');

/** System flows that ask what is answered and not how soon: they run among all other tests. */
const SHARING = named(
  'change-to-keys',
  'crowds',
  'gateway-configuration',
  'hostile-input',
  'interop',
  'isolation',
  'mail-links',
  'monitoring',
  'npm-start',
  'rolling-upgrade',
  'tracing',
);

/**
 * They promise no less than a second, and are far from it: two of them leave each other time enough. One of them alone leaves much of a
 * machine with two cores unused.
 */
export const FLOWS_IN_PAIRS = named('auth-lost', 'gateway-nginx', 'http-rules', 'receipts', 'redis-lost', 'refresh');

/**
 * The others promise milliseconds across half a dozen processes, or an answer in two seconds from one that waits most of that for a
 * server which is gone: one after the other. So does a new one until it is named here.
 */
export const FLOWS_ALONE = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.spec.ts'))
  .map((name) => join(FOLDER, name))
  .filter((path) => !SHARING.includes(path) && !FLOWS_IN_PAIRS.includes(path));

function named(...names) {
  return names.map((name) => join(FOLDER, `${name}.spec.ts`));
}
