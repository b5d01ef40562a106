import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TOP } from '../../run/top.mjs';

/**
 * Writes a configuration file of the repository with addresses and paths of this machine in it, and nothing else changed.
 *
 * @param {string} file - within the repository
 * @param {Record<string, string>} places - what becomes what, in this order
 * @param {string} target
 * @returns {string} the target
 * @throws when one of the texts is not in the file: something else would be rehearsed than the file says
 */
export function placed(file, places, target) {
  const text = Object.entries(places).reduce(
    (before, [from, to]) => {
      if (!before.includes(from)) throw new Error(`${file} does not say ${from}`);
      return before.replaceAll(from, to);
    },
    readFileSync(join(TOP, file), 'utf8'),
  );
  writeFileSync(target, text);
  return target;
}
