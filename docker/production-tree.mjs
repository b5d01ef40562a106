// `node docker/production-tree.mjs <app> <folder>`: puts an app into an empty folder with the packages it needs to run, and nothing else.
// `npm ci --omit=dev` leaves every package that is an optional peer of another one too: TypeScript, type declarations, Babel.
import {
  constants,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Left out of packages of others: what only compilers, debuggers and readers look at. Licences stay. */
const NEEDLESS =
  /\.(d\.[cm]?ts|[cm]?tsx?|map|md|markdown|flow|tsbuildinfo)$|\.(spec|test)\.[cm]?js(on)?$|^(\.github|\.vscode|__tests__|docs|benchmarks?)$/i;
/** Left out of ours. Source maps stay: stack traces name lines that can be read. */
const NEEDLESS_OF_OURS = /\.(d\.ts|d\.ts\.map|tsbuildinfo)$/;

/**
 * Paths of the packages that an app needs at run time, from package-lock.json: dependencies, those optional ones that are installed on this
 * platform, and peers that are not optional.
 *
 * @param {Record<string, any>} packages - of the lock
 * @param {string} app - `apps/auth`
 * @param {(path: string) => boolean} isInstalled
 * @returns {Set<string>} `node_modules/…` and `libs/…`
 * @throws for a dependency that is not installed
 */
export function neededPackages(packages, app, isInstalled) {
  const needed = new Set();
  const queue = [app];
  for (let path = queue.shift(); path !== undefined; path = queue.shift()) {
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = packages[path];
    const optional = new Set(Object.keys(optionalDependencies ?? {}));
    const peers = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta?.[name]?.optional);
    for (const name of new Set([...Object.keys(dependencies ?? {}), ...optional, ...peers])) {
      // Declarations that their package counts among what it runs on.
      if (name.startsWith('@types/')) continue;
      const found = placeOf(packages, name, path);
      const real = found && packages[found].link ? packages[found].resolved : found;
      if (optional.has(name) && (real === undefined || !isInstalled(real) || isForAnotherLibc(name))) continue;
      if (real === undefined || !isInstalled(real)) {
        throw new Error(`${path} needs ${name}, which is not installed`);
      }
      if (needed.has(real)) continue;
      needed.add(real);
      queue.push(real);
    }
  }
  return needed;
}

/** npm installs prebuilt programs for both C libraries; one of them can be loaded. */
function isForAnotherLibc(name) {
  const isGlibc = process.report.getReport().header.glibcVersionRuntime !== undefined;
  return (isGlibc ? /-musl$/ : /-gnu$/).test(name);
}

/** Where Node would find it, from the package at `path`. */
function placeOf(packages, name, path) {
  for (let folder = path; ; folder = dirname(folder)) {
    if (basename(folder) !== 'node_modules') {
      const candidate = join(folder === '.' ? '' : folder, 'node_modules', name);
      if (packages[candidate]) return candidate;
    }
    if (folder === '.') return undefined;
  }
}

/** Fills `target`. @returns {{ ours: number, others: number }} how many packages */
export function writeProductionTree(top, app, target) {
  const { ours, others, files, links } = treeOf(top, app);
  for (const [from, to] of files()) {
    mkdirSync(dirname(join(target, to)), { recursive: true });
    copyFileSync(from, join(target, to), constants.COPYFILE_FICLONE);
  }
  for (const [name, path] of links) {
    const link = join(target, 'node_modules', name);
    mkdirSync(dirname(link), { recursive: true });
    symlinkSync(relative(dirname(link), join(target, path)), link);
  }
  return { ours: ours.length, others: others.length };
}

/** What its files hold, in bytes: what an image is larger by than its base. Writes nothing. */
export function productionTreeBytes(top, app) {
  return treeOf(top, app)
    .files()
    .reduce((sum, [from]) => sum + statSync(from).size, 0);
}

function treeOf(top, app) {
  const { packages } = JSON.parse(readFileSync(join(top, 'package-lock.json'), 'utf8'));
  const needed = neededPackages(packages, app, (path) => existsSync(join(top, path, 'package.json')));
  const ours = [...needed].filter((path) => !path.includes('node_modules/'));
  const others = [...needed].filter((path) => path.includes('node_modules/'));
  const parts = [app, ...ours].flatMap((path) => ['package.json', 'dist', 'bin'].map((part) => join(path, part)));
  const built = parts.filter((path) => existsSync(join(top, path)));
  return {
    ours,
    others,
    links: ours.map((path) => [packages[path].name, path]),
    files: () => [
      ...built.flatMap((path) => filesIn(top, path, NEEDLESS_OF_OURS)),
      ...others.flatMap((path) => filesIn(top, path, NEEDLESS)),
    ],
  };
}

/** `[where it is, where it goes]`. What lies in a package's own node_modules is a package of its own, needed or not. */
function filesIn(top, path, needless) {
  if (!statSync(join(top, path)).isDirectory()) return [[join(top, path), path]];
  return readdirSync(join(top, path))
    .filter((name) => name !== 'node_modules' && !needless.test(name))
    .flatMap((name) => filesIn(top, join(path, name), needless));
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const [app, target] = process.argv.slice(2);
  const { ours, others } = writeProductionTree(process.cwd(), app, target);
  process.stdout.write(`${app}: ${ours} packages of ours, ${others} of others\n`);
}
