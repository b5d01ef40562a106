import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { testFolder } from '@gatehouse/testing';

const SCRIPT = join(__dirname, 'api-reference.mjs');

interface Reference {
  readonly pages: Readonly<Record<string, string>>;
  readonly faults: readonly string[];
}

/** The reference of a library of two doors that is made here. */
function referenceOf(core: string, express: string): Reference & { readonly folder: string } {
  const folder = testFolder('library');
  const files = {
    'package.json': JSON.stringify({
      name: '@made/up',
      version: '1.2.3',
      type: 'module',
      exports: {
        './express': { '@gatehouse/source': './src/express/index.ts' },
        '.': { '@gatehouse/source': './src/index.ts' },
        './package.json': './package.json',
      },
    }),
    'tsconfig.lib.json': JSON.stringify({
      compilerOptions: { module: 'nodenext', target: 'es2023', strict: true, types: [] },
      include: ['src'],
    }),
    'src/index.ts': core,
    'src/express/index.ts': express,
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  const program = `
    import { renderApiReference } from ${JSON.stringify(SCRIPT)};
    const { pages, faults } = await renderApiReference(${JSON.stringify(folder)});
    process.stdout.write(JSON.stringify({ pages: Object.fromEntries(pages), faults }));`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
  if (stdout === '') throw new Error(stderr);
  return { ...(JSON.parse(stdout) as Reference), folder };
}

const CORE = `
  /** The core. @module */
  /** Opens it. @param key - turns */
  export function open(key: string): void { void key; }
  /** What is told. */
  export interface Told {
    /** How much. */
    readonly much: number;
    readonly inPlace?: { readonly member: string };
  }`;
const EXPRESS = `
  /** On Express. @module */
  export { open } from '../index.js';`;

describe('the API reference', () => {
  it('has a page for each door, and says the same wherever it is made', () => {
    const documented = CORE.replace('readonly inPlace', '/** Written out. */ readonly inPlace');
    const [one, other] = [referenceOf(documented, EXPRESS), referenceOf(documented, EXPRESS)];
    expect(one.faults).toEqual([]);
    expect(Object.keys(one.pages)).toEqual(['README.md', 'core.md', 'express.md']);
    expect(one.pages['core.md']).toContain('# @made/up\n');
    expect(one.pages['core.md']).toContain('Opens it.');
    expect(one.pages['express.md']).toContain('Re-exports [open](core.md#open)');
    expect(other.pages).toEqual(one.pages);
    for (const text of Object.values(one.pages)) {
      expect(text).not.toContain(one.folder);
      expect(text).not.toMatch(/\d{4}-\d{2}-\d{2}|\.ts:\d+|src\//);
    }
  }, 60_000);

  it('lets nothing public be without a docstring: function, member, door', () => {
    const bare = CORE.replace('/** Opens it. @param key - turns */', '');
    const { faults } = referenceOf(bare, EXPRESS.replace('/** On Express. @module */', ''));
    expect(faults.map((fault) => fault.split(',')[0])).toEqual([
      expect.stringContaining('core.open'),
      expect.stringContaining('core.Told.inPlace'),
      expect.stringContaining('express'),
    ]);
  }, 60_000);

  it('lets no docstring speak of what is not there', () => {
    const { faults } = referenceOf(
      CORE.replace('How much.', 'As {@link Gone}.').replace('@param key', '@param lock'),
      EXPRESS,
    );
    expect(faults.join('\n')).toMatch(/@param with name "lock"/);
    expect(faults.join('\n')).toMatch(/Gone/);
  }, 60_000);

  it('says that a library does not compile rather than to write half of it', () => {
    const { pages, faults } = referenceOf('export const wrong: number = "text";', EXPRESS);
    expect(pages).toEqual({});
    expect(faults.at(-1)).toBe('@made/up does not compile');
  }, 60_000);
});
