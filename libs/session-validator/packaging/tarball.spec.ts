import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { Installed } from './installed.js';
import { TOP } from './pack-copy.js';

let installed: Installed;
beforeAll(() => {
  installed = new Installed();
}, 120_000);

describe('the tarball', () => {
  it('holds code, types and maps of both formats, its manifest, README and licence, and nothing else', () => {
    const expected =
      /^(package\.json|README\.md|LICENSE|dist\/esm\/.+(\.js|\.js\.map|\.d\.ts)|dist\/cjs\/.+(\.cjs|\.cjs\.map|\.d\.cts))$/;
    expect(installed.files.filter((file) => !expected.test(file))).toEqual([]);
    expect(installed.files.filter((file) => /spec|test\/|tsbuildinfo/.test(file))).toEqual([]);
    expect(installed.files).toEqual(expect.arrayContaining(['package.json', 'README.md', 'LICENSE']));
  });

  it('has one runtime dependency, and everything else is a peer that may be left out', () => {
    expect(Object.keys(installed.manifest.dependencies)).toEqual(['eventsource-parser']);
    const needed = Object.keys(installed.manifest.peerDependencies).filter(
      (peer) => !installed.manifest.peerDependenciesMeta[peer]?.optional,
    );
    expect(needed).toEqual([]);
  });

  it('says in its README why it wants each of them', () => {
    const rows = installed
      .read('README.md')
      .split('\n')
      .filter((line) => /\| (dependency|optional peer) +\|/.test(line));
    const justified = rows.flatMap((row) => (row.split('|')[1] ?? '').split(',').map((name) => name.trim()));
    const wanted = Object.keys({ ...installed.manifest.dependencies, ...installed.manifest.peerDependencies });
    expect(justified.sort()).toEqual(wanted.sort());
  });

  it('names nothing of the workspace in its manifest', () => {
    expect(Object.keys(installed.manifest)).not.toEqual(expect.arrayContaining(['devDependencies']));
    expect(JSON.stringify(installed.manifest)).not.toMatch(/@gatehouse\/(?!session-validator)|scripts|"nx"|\/src\//);
  });

  it('imports nothing that its manifest does not name, in code and in types', () => {
    const named = Object.keys({ ...installed.manifest.dependencies, ...installed.manifest.peerDependencies });
    const imported = installed.files
      .filter((file) => /\.(c?js|d\.c?ts)$/.test(file))
      .flatMap((file) => [
        ...installed.read(file).matchAll(/(?:\bfrom |\bimport |\bimport\(|\brequire\()\s*'([^'.][^']*)'/g),
      ])
      .map(([, module]) => module ?? '');
    expect(imported).toContain('eventsource-parser');
    expect(imported.filter((module) => !isBuiltin(module) && !named.includes(module))).toEqual([]);
  });

  it('asks, by the types of a door, for the framework of that door and for no other', () => {
    const asked = installed.doors.map((door) => [
      door,
      frameworksOf(`dist/cjs/${door === '.' ? 'index' : door.slice(2)}.d.cts`),
    ]);
    expect(Object.fromEntries(asked.filter(([, frameworks]) => frameworks?.length))).toEqual({
      './express': ['express'],
      './fastify': ['fastify'],
      './nest': ['@nestjs'],
      './nest-ws': ['@nestjs'],
    });
  });

  it('leads a debugger to the sources', () => {
    const map = JSON.parse(installed.read('dist/cjs/express.cjs.map')) as {
      sources: string[];
      sourcesContent: string[];
    };
    expect(map.sources.join()).toMatch(/src\/express\/index\.ts$/);
    expect(map.sourcesContent.join()).toContain('export function requireAuth(validator: SessionValidator');
  });

  it('passes publint', () => {
    expect(installed.tool('publint/src/cli.js', installed.packed.tarball, '--strict')).toEqual({
      status: 0,
      output: expect.stringContaining('All good!'),
    });
  });

  it('has types that resolve as its code does, from both formats', () => {
    const { status, output } = installed.tool(
      '@arethetypeswrong/cli/dist/index.js',
      installed.packed.tarball,
      '--profile',
      'node16',
    );
    expect([status, status === 0 ? '' : output]).toEqual([0, '']);
  });

  it('leaves the manifest it was packed from as it was', () => {
    const before = readFileSync(join(TOP, 'libs/session-validator/package.json'), 'utf8');
    expect(readFileSync(join(installed.packed.folder, 'package.json'), 'utf8')).toBe(before);
  });
});

/** Frameworks that a file of types imports, itself or through others. */
function frameworksOf(entry: string): string[] {
  const seen = new Set([entry]);
  const frameworks = new Set<string>();
  for (const file of seen) {
    for (const [, module = ''] of installed.read(file).matchAll(/(?:from |import\()'([^']+)'/g)) {
      if (module.startsWith('.')) seen.add(join(dirname(file), module.replace(/\.cjs$/, '.d.cts')));
      else if (/^(express|fastify|@nestjs)\b/.test(module)) frameworks.add(module.replace(/\/.*/, ''));
    }
  }
  return [...frameworks];
}
