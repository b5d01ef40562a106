import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const bench = __dirname;

it('puts a table between the markers of a page, as the formatter has it, and touches nothing else', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-bench-page-'));
  try {
    const page = join(folder, 'page.md');
    writeFileSync(page, '# Page\n\n<!-- x:begin -->\n\nold\n\n<!-- x:end -->\n\nAfter.\n');
    const script = `
      import { writeBetweenMarkers } from ${JSON.stringify(pathToFileURL(join(bench, 'harness/write-results.mjs')).href)};
      await writeBetweenMarkers(new URL(${JSON.stringify(pathToFileURL(page).href)}), 'x', '| a | b |\\n|---|---|\\n| 1000 | 2 |');
    `;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readFileSync(page, 'utf8')).toBe(
      '# Page\n\n<!-- x:begin -->\n\n| a    | b   |\n| ---- | --- |\n| 1000 | 2   |\n\n<!-- x:end -->\n\nAfter.\n',
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
