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
      const links = [...text.matchAll(/\]\((?!https?:|mailto:|#)([^)#\s]+)/g)].map(([, target]) => target ?? '');
      return links
        .filter((target) => !existsSync(join(top, dirname(file), target)))
        .map((target) => `${file} → ${target}`);
    });
    expect(broken).toEqual([]);
  });
});

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
