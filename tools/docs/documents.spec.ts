import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const top = join(__dirname, '../..');
const run = (...args: string[]) => spawnSync(process.execPath, args, { cwd: top, encoding: 'utf8' });

describe('documents', () => {
  it('say of configuration and library what schemas and docstrings say (else: npm run docs:write)', () => {
    const { status, stderr } = run('tools/docs/write-docs.mjs', '--check');
    expect([status, stderr]).toEqual([0, '']);
  }, 60_000);

  it('quote the bench as it is on record, with a mark on what does not count, and nothing of a run that failed', () => {
    const { stdout, stderr } = run('--input-type=module', '-e', OTHER_RECORDS);
    const rows = (stdout.match(/^\|.*\|$/gm) ?? []).map((row) => row.replaceAll(/ +/g, ' '));
    expect(rows).toEqual(
      expect.arrayContaining([
        '| looking one up, at a million | 777 ns † |',
        '| one ended session in the list, at a million | 100 bytes |',
        expect.stringMatching(/^\| 1 million \| 12 \/ 46 \| 46,000 \| 4\.6 MB \|/),
      ]),
    );
    expect(stderr).toContain('npm run bench -- gateway --only memory');
  });

  it.each(['auth', 'orders'])(
    'describe the %s API as a linter wants it',
    (app) => {
      const { status, stderr } = run(
        join(top, 'node_modules/@redocly/cli/bin/cli.js'),
        'lint',
        `apps/${app}/openapi.json`,
      );
      expect([status, status === 0 ? '' : stderr]).toEqual([0, '']);
    },
    60_000,
  );

  it('lead somewhere with every link', () => {
    const broken = markdown().flatMap((file) => {
      const text = readFileSync(join(top, file), 'utf8');
      return [...text.matchAll(LINK)].flatMap(([, target = '', anchor]) => {
        const path = target === '' ? file : join(dirname(file), target);
        const found = existsSync(join(top, path)) && (anchor === undefined || anchorsOf(path).has(anchor));
        return found ? [] : [`${file} → ${target}${anchor === undefined ? '' : `#${anchor}`}`];
      });
    });
    expect(broken).toEqual([]);
  });

  it.each(['docs/security-model.md', 'docs/failure-table.md'])('%s names a test that is there in each row', (file) => {
    const rows = readFileSync(join(top, file), 'utf8').match(/^\|.*\|$/gm) ?? [];
    const start = rows.findIndex((row) => row.includes('| Shown by'));
    const claims = rows.slice(start + 2);
    expect(claims.length).toBeGreaterThan(15);
    const empty = claims.filter((row) => {
      const [, title = '', test = ''] = /\[([^\]]+)\]\(([^)]+\.ts)\) *\|$/.exec(row) ?? [];
      const path = join(top, dirname(file), test);
      return test === '' || !existsSync(path) || !readFileSync(path, 'utf8').includes(title);
    });
    expect(empty).toEqual([]);
  });
});

describe('the site', () => {
  // What documents lead to, and how, without a build: that takes minutes, and is `npm run docs:site`.
  const pages = () =>
    JSON.parse(run('--input-type=module', '-e', LIST_PAGES).stdout) as Record<string, Record<string, string | null>>;

  it('has an address for each document, each its own, and leads from one to the other', () => {
    const found = pages();
    const addresses = Object.keys(found);
    expect(addresses).toEqual(expect.arrayContaining(['index.md', 'documents.md', 'gateway/index.md', 'libs/sql.md']));
    expect(new Set(addresses).size).toBe(
      markdown().filter((file) => file.startsWith('docs/')).length + outsideDocs(addresses),
    );
    expect(found['documents.md']).toMatchObject({
      '../ARCHITECTURE.md': '/architecture.md',
      'adr/README.md': '/adr/index.md',
    });
    expect(found['gateway/proxy.md']?.['../operations/tracing.md#whose-traceparent-counts']).toBe(
      '/operations/tracing.md#whose-traceparent-counts',
    );
    const astray = Object.values(found).flatMap((links) =>
      Object.values(links).filter((to) => to?.startsWith('/') && !addresses.includes(to.slice(1).split('#')[0] ?? '')),
    );
    expect(astray).toEqual([]);
  });

  it('names headings as GitHub does, so that a link to one holds on both', () => {
    const names = {
      'Changing `KEY_ENCRYPTION_KEY`': 'changing-key_encryption_key',
      "Acting in a person's place": 'acting-in-a-persons-place',
      '1. Start it': '1-start-it',
      'Qué ocurre si algo falla': 'qué-ocurre-si-algo-falla',
    };
    const script = `import { anchorOf } from './website/markdown.mjs'; console.log(JSON.stringify(${JSON.stringify(Object.keys(names))}.map(anchorOf)));`;
    expect(JSON.parse(run('--input-type=module', '-e', script).stdout)).toEqual(Object.values(names));
  });
});

const outsideDocs = (addresses: readonly string[]) =>
  addresses.filter((page) =>
    /^(?:index|architecture|contributing|changelog|security|bench|conformance)\.md$|^(?:apps|libs|examples)\//.test(
      page,
    ),
  ).length;

/** Prints each page of the site, and where each link of it leads. */
const LIST_PAGES = `
import { readFileSync } from 'node:fs';
import { addressOf, allPages, pageOf } from './website/pages.mjs';
const link = /\\]\\((?!https?:|mailto:|#)([^)\\s]+)\\)/g;
const links = (path) => [...readFileSync(path, 'utf8').matchAll(link)].map(([, href]) => [href, addressOf(path, href) ?? null]);
console.log(JSON.stringify(Object.fromEntries(allPages().map((path) => [pageOf(path), Object.fromEntries(links(path))]))));
`;

/** Prints docs/scaling.md as it would be after other measurements, then tries with one that failed. */
const OTHER_RECORDS = `
import { readFileSync } from 'node:fs';
import { MEASURED_PAGE, records, withMeasured } from './tools/docs/measured-figures.mjs';
const [page, found] = [readFileSync(MEASURED_PAGE, 'utf8'), records('.')];
const { 'look-up': lookUp, memory } = found.validator.pieces;
lookUp.result.newString.listNs = 777;
lookUp.faults = ['the control'];
memory.result.list.heldBytes = 100;
memory.faults = [];
console.log(withMeasured(page, found));
found.gateway.pieces.memory = { title: 'it failed', error: 'no upstream', faults: [], figures: [] };
withMeasured(page, found);
`;

/** A link to somewhere in the repository: a file, a heading, or both. Addresses of the web are not tried. */
const LINK = /\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g;

/** Where in a page a link can lead: its headings, as GitHub names them, and what carries an id. */
function anchorsOf(path: string): Set<string> {
  if (!path.endsWith('.md')) return new Set();
  const text = readFileSync(join(top, path), 'utf8');
  const anchors = new Set([...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id));
  for (const [, heading = ''] of text.replaceAll(/^```[\s\S]*?^```$/gm, '').matchAll(/^#+ (.+)$/gm)) {
    const words = heading.replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('\\', '');
    const name = words
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    // GitHub numbers the second and later of a name.
    let number = 0;
    while (anchors.has(number === 0 ? name : `${name}-${number}`)) number += 1;
    anchors.add(number === 0 ? name : `${name}-${number}`);
  }
  return anchors;
}

function markdown(): string[] {
  const found: string[] = [];
  const look = (folder: string) => {
    for (const entry of readdirSync(join(top, folder), { withFileTypes: true })) {
      if (['node_modules', 'dist', 'out-spec', '.git', '.nx'].includes(entry.name)) continue;
      const path = join(folder, entry.name);
      if (entry.isDirectory()) look(path);
      else if (entry.name.endsWith('.md')) found.push(path);
    }
  };
  look('.');
  return found;
}
