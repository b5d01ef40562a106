// `node docker/build.mjs [--print] [--tag <tag>] [--only auth,gateway]`: builds the images and says how large each is; `--print` says
// what would be run. The tag is the version of package.json unless told; `latest` is refused. `--sizes` needs no engine: it says what each
// would hold beside its base, from what `npm run build` has made here.
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { productionTreeBytes } from './production-tree.mjs';

const TOP = fileURLToPath(new URL('..', import.meta.url));
/** Targets of docker/Dockerfile. */
export const IMAGES = ['auth', 'orders', 'gateway', 'dev-idp', 'cli'];

/**
 * The commands that build the images.
 *
 * @param {{ tag: string, revision: string, created: string, only?: string[] }} what - `created`: RFC 3339
 * @returns {{ image: string, args: string[] }[]} arguments of `docker`
 */
export function buildCommands({ tag, revision, created, only = IMAGES }) {
  const unknown = only.filter((name) => !IMAGES.includes(name));
  if (unknown.length > 0) throw new Error(`There is no image ${unknown.join(', ')}; there is ${IMAGES.join(', ')}`);
  if (!/^[\w][\w.-]{0,127}$/.test(tag) || tag === 'latest')
    throw new Error('The tag must be a version, and not latest');
  const labels = { VERSION: tag, REVISION: revision, CREATED: created };
  const buildArgs = Object.entries(labels).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
  return only.map((target) => {
    const image = `gatehouse/${target}:${tag}`;
    return {
      image,
      args: ['build', '--file', 'docker/Dockerfile', '--target', target, ...buildArgs, '--tag', image, '.'],
    };
  });
}

function git(...args) {
  try {
    return execFileSync('git', args, { cwd: TOP, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return '';
  }
}

/** What an image holds beside its base, in whole megabytes. */
export const sizeOnBase = (image) => megabytes(productionTreeBytes(TOP, `apps/${image}`));

function main() {
  const { values } = parseArgs({
    options: {
      print: { type: 'boolean' },
      sizes: { type: 'boolean' },
      tag: { type: 'string' },
      only: { type: 'string' },
    },
  });
  if (values.sizes) {
    for (const image of IMAGES) process.stdout.write(`${image}  ${sizeOnBase(image)} MB\n`);
    return 0;
  }
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
  const commands = buildCommands({
    tag: values.tag ?? version,
    revision: git('rev-parse', 'HEAD') || 'unknown',
    // Of the commit, not of now: the same sources make the same image.
    created: git('log', '-1', '--format=%cI') || '1970-01-01T00:00:00Z',
    only: values.only?.split(','),
  });
  for (const { args } of commands) {
    if (values.print) {
      process.stdout.write(`docker ${args.join(' ')}\n`);
      continue;
    }
    const { status, error } = spawnSync('docker', args, {
      cwd: TOP,
      stdio: 'inherit',
      env: { ...process.env, DOCKER_BUILDKIT: '1' },
    });
    if (error) throw new Error(`docker could not be started: ${error.code}`);
    if (status !== 0) return status ?? 1;
  }
  if (!values.print) for (const { image } of commands) process.stdout.write(`${image}  ${sizeOf(image)} MB\n`);
  return 0;
}

const sizeOf = (image) =>
  megabytes(Number(execFileSync('docker', ['image', 'inspect', '--format', '{{.Size}}', image], { encoding: 'utf8' })));

function megabytes(bytes) {
  return Math.round(bytes / 1e6);
}

if (process.argv[1] && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = main();
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
