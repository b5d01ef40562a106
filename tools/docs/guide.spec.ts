import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createSessionValidator } from '@gatehouse/session-validator';
import { createTestIssuer } from '@gatehouse/session-validator/testing';
import { parse } from 'yaml';
import { codeBlocks, modulesOf } from './code-blocks.js';
import { runModule, syntaxFaults, typeFaults } from './compile.js';

const TOP = join(__dirname, '../..');
const GUIDE = join(TOP, 'docs/session-validator');
const pages = readdirSync(GUIDE).filter((name) => name.endsWith('.md'));
const textOf = (page: string) => readFileSync(join(GUIDE, page), 'utf8');
const blocksOf = (page: string) => codeBlocks(page, textOf(page));
const allBlocks = pages.flatMap(blocksOf);
const blocksIn = (language: string) => allBlocks.filter((block) => block.language === language);

describe('code in the guide', () => {
  it('compiles against the library as it is', () => {
    const modules = new Map(pages.flatMap((page) => [...modulesOf(blocksOf(page))]));
    // Named, so that a page whose fences are not found does not pass for a good one.
    expect([...new Set([...modules.keys()].map((place) => place.split(':')[0]))].sort()).toEqual([
      'closing-connections.md',
      'freshness.md',
      'metrics.md',
      'migrate-from-blacklist.md',
      'migrate-from-hs256.md',
      'quick-start.md',
      'testing.md',
    ]);
    const controller = 'export class AppController {}';
    const neighbours = new Map([
      ['app.controller.ts', controller],
      ['app.service.ts', 'export class AppService {}'],
    ]);
    expect(typeFaults(GUIDE, modules, neighbours)).toEqual([]);
  }, 60_000);

  it('would not pass if it said what the library does not know', () => {
    const wrong = `import { requireAuth } from '@gatehouse/session-validator/express';\nrequireAuth();\nrequireAuth(1, {\n  fresh: 5 });`;
    const faults = typeFaults(GUIDE, new Map([['made up', wrong]]));
    expect(faults).toEqual([
      expect.stringMatching(/^made up \(\+2\): Expected 1-2 arguments/),
      expect.stringMatching(/^made up \(\+3\): .*not assignable/),
    ]);
  }, 60_000);

  it.each([
    ['Express 5', 'examples/express/app.js'],
    ['Fastify 5', 'examples/fastify/app.js'],
    ['NestJS 11 and 12', 'examples/nestjs-12/src/app.module.ts'],
  ])('is for %s the very file that the examples install and run', (title, path) => {
    const text = textOf('quick-start.md');
    const [block] = codeBlocks('', text.slice(text.indexOf(`### ${title}\n`)));
    expect(block?.code).toBe(readFileSync(join(TOP, path), 'utf8'));
  });

  it('for tests runs, and sees what it says', async () => {
    const [block] = blocksOf('testing.md');
    await runModule(block!.code, require);
  });

  it('that is not for copying can at least be read', () => {
    expect(blocksIn('js').map(({ place, code }) => [place, syntaxFaults(code)])).toEqual(
      blocksIn('js').map(({ place }) => [place, []]),
    );
    for (const { code } of blocksIn('json')) JSON.parse(code);
  });
});

describe('what the guide names', () => {
  it.each(pages)('is there: the tests of %s', (page) => {
    const named = [...textOf(page).matchAll(/\[`([^`]+)`\]\((\.\.\/[^)]+\.(?:spec|conformance)\.ts)\)/g)];
    const missing = named.filter(([, title = '', path = '']) => {
      const source = readFileSync(join(GUIDE, path), 'utf8');
      return !source.includes(`it('${title}'`) && !source.includes(`it("${title}"`);
    });
    expect(missing.map(([, title, path]) => `${path}: ${title}`)).toEqual([]);
    if (page === 'failures.md') expect(named.length).toBeGreaterThan(20);
  });

  it('is every failure with a test of it', () => {
    const rows = textOf('failures.md')
      .split('\n')
      .filter((line) => line.startsWith('| ') && !/^\| (Down|What|---)/.test(line));
    expect(rows.filter((row) => !/\.(spec|conformance)\.ts\)/.test(row))).toEqual([]);
    expect(rows.length).toBeGreaterThan(20);
  });

  it('are the figures that are told, and all of them', async () => {
    const validator = createSessionValidator({
      jwks: createTestIssuer().jwks(),
      issuer: 'a',
      audience: 'b',
      feed: 'none',
      warn: () => undefined,
    });
    const told = [...validator.metricsText().matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name);
    await validator.close();
    const named = (text: string) =>
      [...text.matchAll(/\b(?:session_validator_\w+|token_validation_failures_total)\b/g)].map(([name]) => name);
    const inTable = [...textOf('metrics.md').matchAll(/^\| `(\w+)/gm)].map(([, name]) => name);
    expect(inTable.sort()).toEqual(told.sort());
    const known = new Set(told);
    const anywhere = pages
      .flatMap((page) => named(textOf(page)))
      .map((name) => name.replace(/_(bucket|sum|count)$/, ''));
    expect(anywhere.filter((name) => !known.has(name))).toEqual([]);
  });

  it('are alerts in the form Prometheus reads', () => {
    const [block] = blocksIn('yaml');
    const { groups } = parse(block!.code) as { groups: { rules: { alert: string; expr: string }[] }[] };
    const rules = groups.flatMap((group) => group.rules);
    expect(rules.length).toBeGreaterThan(5);
    for (const { alert, expr } of rules) expect([typeof alert, typeof expr]).toEqual(['string', 'string']);
  });

  it('are commands and options of the command line', () => {
    const shell = pages.flatMap((page) => [...textOf(page).matchAll(/npx gatehouse ([a-z]+)([^`\n#|]*)/g)]);
    expect(shell.length).toBeGreaterThan(10);
    const help = new Map<string, string>();
    const unknown = shell.flatMap(([, command = '', rest = '']) => {
      const text = help.get(command) ?? helpOf(command);
      help.set(command, text);
      const options = rest.match(/--[a-z-]+/g) ?? [];
      return text === '' ? [command] : options.filter((option) => !text.includes(option));
    });
    expect(unknown).toEqual([]);
  }, 30_000);
});

/** What the built command line says of a command; the empty string when there is none. */
function helpOf(command: string): string {
  const args = [join(TOP, 'apps/cli/dist/main.js'), command, '--help'];
  const { status, stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return status === 0 && stdout.includes(`gatehouse ${command} `) ? stdout : '';
}
