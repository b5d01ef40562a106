// `npm run licences`: whether everything that is installed may be used, and shipped, under its licence.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import satisfies from 'spdx-satisfies';
import { Refusal, runMain, TOP } from '../run/top.mjs';

/** May be part of what is deployed: asks for no more than to be named. */
const SHIPPED = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'MIT-0',
  'Python-2.0',
  'Unlicense',
];

/** Tools at work here, of which nothing is deployed. */
const TOOLS_ONLY = [...SHIPPED, 'CC-BY-3.0', 'CC-BY-4.0'];

/** Packages one by one, each with the reason. `tool`: only as long as nothing that is deployed needs it. */
export const EXCEPTIONS = [
  {
    name: 'rollup-plugin-dts',
    licence: 'LGPL-3.0-only',
    tool: true,
    reason: 'joins type declarations at packing; nothing of it is in the package',
  },
  {
    name: 'pause',
    licence: undefined,
    tool: true,
    reason: 'its README is under the MIT licence; passport, which is compared and migrated from, needs it',
  },
];

/**
 * What may not be used, as sentences.
 *
 * @param {Record<string, { version?: string, license?: string, dev?: boolean, link?: boolean }>} packages - of a package-lock.json
 * @param {(path: string) => object | undefined} manifestAt - for old packages, whose licence the lock does not tell
 * @param {{ name: string, licence: string | undefined, tool?: boolean, reason: string }[]} [exceptions]
 */
export function licenceFaults(packages, manifestAt, exceptions = EXCEPTIONS) {
  const used = new Set();
  const faults = Object.entries(packages)
    .filter(([path, { link }]) => path.includes('node_modules/') && !link)
    .flatMap(([path, { version, license, dev = false }]) => {
      const name = path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length);
      const licence = license ?? olderForm(manifestAt(path));
      const exception = exceptions.find((one) => one.name === name && one.licence === licence && (dev || !one.tool));
      if (exception) {
        used.add(exception);
        return [];
      }
      if (licence === undefined) return [`${name}@${version} names no licence`];
      if (isAllowed(licence, dev ? TOOLS_ONLY : SHIPPED)) return [];
      return [`${name}@${version} is under ${licence}${dev ? '' : ', and is deployed'}`];
    });
  const idle = exceptions.filter((exception) => !used.has(exception));
  return [
    ...faults,
    ...idle.map(({ name, licence }) => `the exception for ${name} (${licence ?? 'no licence'}) is of no use any more`),
  ];
}

function isAllowed(licence, allowed) {
  try {
    return satisfies(licence, allowed);
  } catch {
    // Words such as "SEE LICENSE IN ...": somebody has to read it.
    return false;
  }
}

/** `licenses: [{ type }]`, from before there was one form. Any of them may be chosen. */
function olderForm(manifest) {
  const { license, licenses } = manifest ?? {};
  if (typeof license === 'string') return license;
  const types = [license ?? [], licenses ?? []].flat().map(({ type }) => type);
  return types.length > 0 ? types.join(' OR ') : undefined;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  void runMain(() => {
    const { packages } = JSON.parse(readFileSync(join(TOP, 'package-lock.json'), 'utf8'));
    const manifestAt = (path) => {
      const file = join(TOP, path, 'package.json');
      return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
    };
    const faults = licenceFaults(packages, manifestAt);
    if (faults.length > 0)
      throw new Refusal(`${faults.join('\n')}\nWhat is allowed, and why: tools/release/licences.mjs.`);
    process.stdout.write(`licences: ${Object.keys(packages).length} packages, all allowed\n`);
  });
}
