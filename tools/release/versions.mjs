import { readdirSync, readFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { Refusal, TOP } from '../run/top.mjs';

const read = (top, folder) => JSON.parse(readFileSync(join(top, folder, 'package.json'), 'utf8'));

/** Folders of the workspace, the one at the top first. */
export function workspaceFolders(top = TOP) {
  const below = read(top, '.').workspaces.flatMap((pattern) => {
    if (!pattern.endsWith('/*')) return [pattern];
    const parent = pattern.slice(0, -2);
    return readdirSync(join(top, parent)).map((name) => `${parent}/${name}`);
  });
  return ['.', ...below].filter((folder) => existsSync(join(top, folder, 'package.json')));
}

/** The one version of everything. @throws {Refusal} when there are several, or one asks for another version of a neighbour */
export function versionOfAll(top = TOP) {
  const manifests = workspaceFolders(top).map((folder) => read(top, folder));
  const { version } = manifests[0];
  const names = new Set(manifests.map(({ name }) => name));
  for (const { name, version: own, dependencies, devDependencies } of manifests) {
    if (own !== version) throw new Refusal(`${name} is ${own}, and everything else ${version}.`);
    for (const [neighbour, wanted] of Object.entries({ ...dependencies, ...devDependencies })) {
      if (names.has(neighbour) && wanted !== version) {
        throw new Refusal(`${name} asks for ${neighbour} ${wanted}, which is ${version}.`);
      }
    }
  }
  return version;
}

/** Names of what is published: everything that is not private. */
export const published = (top = TOP) =>
  workspaceFolders(top)
    .map((folder) => read(top, folder))
    .filter((manifest) => !manifest.private)
    .map(({ name }) => name);
