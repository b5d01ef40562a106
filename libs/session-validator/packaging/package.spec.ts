import { testFolder } from '@gatehouse/testing';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join } from 'node:path';
import { packCopy, TOP, type Packed } from './pack-copy.js';

interface Manifest {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { optional?: boolean }>>;
}

const NAME = '@gatehouse/session-validator';
/** Doors that are of no use without a framework, and load it. All others load in a service that has none. */
const FRAMEWORK_DOORS = ['./nest', './nest-ws'];

let packed: Packed;
/** The tarball installed in a service that has every framework. */
let service: string;
let installed: string;
let files: string[];
let manifest: Manifest;
let doors: string[];

beforeAll(() => {
  packed = packCopy();
  service = testFolder('service');
  symlinkSync(join(TOP, 'node_modules'), join(service, 'node_modules'));
  installed = unpackInto(join(service, 'app'));
  files = readdirSync(installed, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(installed.length + 1))
    .sort();
  manifest = JSON.parse(read('package.json')) as Manifest;
  doors = Object.keys(manifest.exports).filter((door) => door !== './package.json');
}, 120_000);

const read = (file: string) => readFileSync(join(installed, file), 'utf8');
const specifier = (door: string) => `${NAME}${door.slice(1)}`;
const tool = (path: string, ...args: string[]) => run(join(TOP, 'node_modules', path), ...args);

function run(...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: join(service, 'app'), encoding: 'utf8' });
  return { status, output: `${stdout}${stderr}` };
}

function unpackInto(app: string): string {
  const folder = join(app, 'node_modules', NAME);
  mkdirSync(folder, { recursive: true });
  execFileSync('tar', ['-xzf', packed.tarball, '-C', folder, '--strip-components=1']);
  return folder;
}

describe('the tarball', () => {
  it('holds code, types and maps of both formats, its manifest, README and licence, and nothing else', () => {
    const expected =
      /^(package\.json|README\.md|LICENSE|dist\/esm\/.+(\.js|\.js\.map|\.d\.ts)|dist\/cjs\/.+(\.cjs|\.cjs\.map|\.d\.cts))$/;
    expect(files.filter((file) => !expected.test(file))).toEqual([]);
    expect(files.filter((file) => /spec|test\/|tsbuildinfo/.test(file))).toEqual([]);
    expect(files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE']));
  });

  it('has one runtime dependency, and everything else is a peer that may be left out', () => {
    expect(Object.keys(manifest.dependencies)).toEqual(['eventsource-parser']);
    const needed = Object.keys(manifest.peerDependencies).filter(
      (peer) => !manifest.peerDependenciesMeta[peer]?.optional,
    );
    expect(needed).toEqual([]);
  });

  it('names nothing of the workspace in its manifest', () => {
    expect(Object.keys(manifest)).not.toEqual(expect.arrayContaining(['devDependencies']));
    expect(JSON.stringify(manifest)).not.toMatch(/@gatehouse\/(?!session-validator)|scripts|"nx"|\/src\//);
  });

  it('imports nothing that its manifest does not name, in code and in types', () => {
    const named = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
    const imported = files
      .filter((file) => /\.(c?js|d\.c?ts)$/.test(file))
      .flatMap((file) => [...read(file).matchAll(/(?:\bfrom |\bimport |\bimport\(|\brequire\()\s*'([^'.][^']*)'/g)])
      .map(([, module]) => module ?? '');
    expect(imported).toContain('eventsource-parser');
    expect(imported.filter((module) => !isBuiltin(module) && !named.includes(module))).toEqual([]);
  });

  it('leads a debugger to the sources', () => {
    const map = JSON.parse(read('dist/cjs/express.cjs.map')) as { sources: string[]; sourcesContent: string[] };
    expect(map.sources.join()).toMatch(/src\/express\/index\.ts$/);
    expect(map.sourcesContent.join()).toContain('export function requireAuth(validator: SessionValidator');
  });

  it('passes publint', () => {
    expect(tool('publint/src/cli.js', packed.tarball, '--strict')).toEqual({
      status: 0,
      output: expect.stringContaining('All good!'),
    });
  });

  it('has types that resolve as its code does, from both formats', () => {
    const { status, output } = tool('@arethetypeswrong/cli/dist/index.js', packed.tarball, '--profile', 'node16');
    expect([status, status === 0 ? '' : output]).toEqual([0, '']);
  });

  it('leaves the manifest it was packed from as it was', () => {
    const before = readFileSync(join(TOP, 'libs/session-validator/package.json'), 'utf8');
    expect(readFileSync(join(packed.folder, 'package.json'), 'utf8')).toBe(before);
  });
});

describe('every door', () => {
  /** Per door and format the names it has, and names that two doors share without being the same thing. */
  const LOOK = `
    import { createRequire } from 'node:module';
    const require = createRequire(process.cwd() + '/x.js');
    const found = { esm: {}, cjs: {} };
    const differing = [];
    for (const [format, load] of [['esm', (id) => import(id)], ['cjs', async (id) => require(id)]]) {
      const first = {};
      for (const id of process.argv.slice(1)) {
        const { default: _, 'module.exports': __, ...door } = await load(id);
        found[format][id] = Object.keys(door).filter((name) => name !== '__esModule').sort();
        // Classes, constants and symbols. Functions like requireAuth are each framework's own.
        for (const name of found[format][id].filter((name) => /^[A-Z]/.test(name))) {
          first[name] ??= door[name];
          if (first[name] !== door[name]) differing.push(format + ' ' + id + ' ' + name);
        }
      }
    }
    console.log(JSON.stringify({ found, differing }));
  `;

  interface Look {
    readonly found: Readonly<Record<'esm' | 'cjs', Readonly<Record<string, string[]>>>>;
    readonly differing: readonly string[];
  }

  function look(ids: readonly string[]): Look {
    const { status, output } = run('--no-warnings', '--input-type=module', '-e', LOOK, ...ids);
    if (status !== 0) throw new Error(output);
    return JSON.parse(output) as Look;
  }

  it('opens to import and to require, with the same names', () => {
    const { found } = look(doors.map(specifier));
    expect(Object.values(found.esm).filter((names) => names.length === 0)).toEqual([]);
    expect(found.cjs).toEqual(found.esm);
    expect(found.esm[NAME]).toEqual(expect.arrayContaining(['createSessionValidator', 'SessionValidator']));
  });

  it('gives the one thing that has a name, so that `instanceof` and injection tokens hold across doors', () => {
    const { found, differing } = look(doors.map(specifier));
    const shared = Object.values(found.cjs).filter((names) => names.includes('SessionValidator'));
    expect(shared.length).toBeGreaterThan(1);
    expect(differing).toEqual([]);
  });

  it('opens without any framework and without ioredis, unless it is the door of that framework', () => {
    const bare = testFolder('bare');
    unpackInto(bare);
    symlinkSync(join(TOP, 'node_modules/eventsource-parser'), join(bare, 'node_modules/eventsource-parser'));
    const ids = doors.filter((door) => !FRAMEWORK_DOORS.includes(door)).map(specifier);
    const loading = ids.map((id) => `await import('${id}'); require('${id}');`).join('\n');
    const script = `import { createRequire } from 'node:module';\nconst require = createRequire(import.meta.url);\n${loading}`;
    writeFileSync(join(bare, 'load.mjs'), script);
    expect(run(join(bare, 'load.mjs'))).toEqual({ status: 0, output: '' });
  });

  it('is typed for ES modules and for CommonJS', () => {
    const app = join(service, 'app');
    const check = `
      const validator: root.SessionValidator = root.createSessionValidator({ feed: new testing.MemoryFeed() });
      export const handler = express.requireAuth(validator, { freshness: { boundedSeconds: 30 } });
      export const hook = fastify.requireAuth(validator);
      export const module = nest.SessionValidatorModule.forRoot();
      export const who = (request: import('express').Request): number | undefined => request.principal?.userId;
      // @ts-expect-error -- a policy that does not exist: the types are not \`any\`
      express.requireAuth(validator, { freshness: 'whenever' });
    `;
    const names = { root: '', express: '/express', fastify: '/fastify', nest: '/nest', testing: '/testing' };
    const imports = (form: (name: string, id: string) => string) =>
      Object.entries(names)
        .map(([name, door]) => form(name, `'${NAME}${door}'`))
        .join('\n');
    writeFileSync(join(app, 'service.mts'), imports((name, id) => `import * as ${name} from ${id};`) + check);
    writeFileSync(join(app, 'service.cts'), imports((name, id) => `import ${name} = require(${id});`) + check);
    writeFileSync(join(app, 'package.json'), '{"type":"module"}');
    const options = ['--strict', '--module', 'nodenext', '--target', 'es2023', '--experimentalDecorators', '--noEmit'];
    const types = ['--types', 'node', '--typeRoots', join(TOP, 'node_modules/@types')];
    const checked = tool('typescript/bin/tsc', ...options, ...types, 'service.mts', 'service.cts');
    expect(checked).toEqual({ status: 0, output: '' });
  }, 60_000);
});
