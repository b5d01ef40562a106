import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const bench = __dirname;

function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(bench, 'run.mjs'), ...args], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  return { status, stdout, stderr };
}

it('measures one piece alone, and names the pieces to whoever asks for another', () => {
  const { status, stdout } = run('validator', '--quick', '--json', '--only', 'look-up');
  expect(status).toBe(0);
  expect(Object.keys(JSON.parse(stdout).pieces)).toEqual(['look-up']);
  expect(run('validator', '--only', 'speed')).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('http, field, token-check, look-up'),
  });
}, 60_000);

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
