import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, Scalar } from 'yaml';
import { merged } from './policies.mjs';

/** A list that takes the place of the one below. As a scalar it stays the very object that is marked here. */
const override = {
  tag: '!override',
  collection: 'seq',
  resolve: (list) => new Scalar(Object.assign(list.toJSON(), { isOverride: true })),
};

/** A Compose file, with merge keys resolved. */
export function readCompose(file) {
  return parse(readFileSync(file, 'utf8'), { merge: true, customTags: [override], maxAliasCount: 1000 });
}

/** What `docker compose -f … -f …` would run, and the folder its paths count from. */
export function readWhole(folder, ...files) {
  return files.map((file) => readCompose(join(folder, file))).reduce((base, over) => merged(base, over));
}
