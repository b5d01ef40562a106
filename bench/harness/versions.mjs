import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const bench = new URL('../', import.meta.url);
const top = new URL('../../', import.meta.url);
/** What ours and the others stand on alike comes from the repository itself, so that nobody has a better framework. */
const shared = ['@nestjs/core', '@nestjs/platform-fastify', 'express', 'fastify', 'ioredis'];

/** Name to installed version of everything that is measured. */
export function versions() {
  const named = Object.keys(read(new URL('package.json', bench)).dependencies);
  const packages = Object.fromEntries([...named, ...shared].map((name) => [name, installed(name)]));
  return { packages };
}

function installed(name) {
  const place = [bench, top].map((base) => new URL(`node_modules/${name}/package.json`, base)).find(existsSync);
  return place ? read(place).version : 'missing';
}

/** The commit that is measured; `unknown` outside a clone. */
export function commitOf() {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], { cwd: fileURLToPath(top), encoding: 'utf8' }).trim();
  } catch {
    return 'unknown';
  }
}

const read = (url) => JSON.parse(readFileSync(url, 'utf8'));
