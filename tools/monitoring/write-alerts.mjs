// `node tools/monitoring/write-alerts.mjs`: writes the table of alerts into docs/operations/alerts.md from docker/prometheus/rules. `--check`
// writes nothing and fails when the table is not what it would be.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { rules } from './queries.mjs';

const PAGE = join(import.meta.dirname, '../../docs/operations/alerts.md');
const PLACE = /(<!-- alerts: [^>]*-->)[\s\S]*(<!-- \/alerts -->)/;

/** What Prometheus puts in, by name. */
const bare = (summary) =>
  summary.replace(/\{\{ \$labels\.(\w+) \}\}/g, '_$1_').replace(/\{\{ \$value [^}]*\}\}/g, '_n_');

const rows = rules().alerts.map(({ alert, for: wait, labels, annotations }) => {
  const runbook = annotations.runbook_url.split('/').at(-1);
  const cell = `${bare(annotations.summary)}. ${annotations.description.trim()}`.replaceAll('|', '\\|');
  return `| \`${alert}\` | ${labels.severity} | ${wait ?? 'at once'} | ${cell} | [${runbook}](../runbooks/${runbook}.md) |`;
});
const table = [
  '| Alert | Severity | After | What it means | Runbook |',
  '| --- | --- | --- | --- | --- |',
  ...rows,
].join('\n');
const text = readFileSync(PAGE, 'utf8');
const filled = text.replace(PLACE, (_all, begin, end) => `${begin}\n\n${table}\n\n${end}`);
const wanted = await format(filled, { ...(await resolveConfig(PAGE)), parser: 'markdown' });
if (!process.argv.includes('--check')) writeFileSync(PAGE, wanted);
else if (wanted !== text) {
  process.stderr.write('docs/operations/alerts.md is not what the rules say: node tools/monitoring/write-alerts.mjs\n');
  process.exitCode = 1;
}
