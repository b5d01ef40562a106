// `node tools/monitoring/write-dashboards.mjs`: writes docker/grafana/dashboards from tools/monitoring/dashboards. `--check` writes
// nothing and fails when a file is not what it would be.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { DASHBOARDS } from './dashboards/dashboards.mjs';
import { toGrafana } from './dashboards/to-grafana.mjs';

const FOLDER = join(import.meta.dirname, '../../docker/grafana/dashboards');
const options = await resolveConfig(join(FOLDER, 'any.json'));

const files = new Map();
for (const dashboard of DASHBOARDS) {
  const name = `${dashboard.uid.replace('gatehouse-', '')}.json`;
  files.set(name, await format(JSON.stringify(toGrafana(dashboard)), { ...options, parser: 'json' }));
}
const there = readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
const left = there.filter((name) => !files.has(name));
if (process.argv.includes('--check')) {
  const read = (name) => (there.includes(name) ? readFileSync(join(FOLDER, name), 'utf8') : undefined);
  const stale = [...left, ...[...files].filter(([name, text]) => read(name) !== text).map(([name]) => name)];
  if (stale.length > 0) {
    process.stderr.write(
      `not what tools/monitoring says: ${stale.join(', ')} (node tools/monitoring/write-dashboards.mjs)\n`,
    );
    process.exitCode = 1;
  }
} else {
  for (const name of left) rmSync(join(FOLDER, name));
  for (const [name, text] of files) writeFileSync(join(FOLDER, name), text);
}
