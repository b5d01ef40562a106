// `node tools/monitoring/check.mjs [http://localhost:9090]`: asks a Prometheus every query of every dashboard, rule and alert, and says
// which have no answer. Exit code 1 when one should have and has not.
import { askPrometheus } from './ask-prometheus.mjs';
import { allQueries } from './queries.mjs';

const url = (process.argv[2] ?? 'http://localhost:9090').replace(/\/+$/, '');
const { failed, empty, quiet, answered } = await askPrometheus(url, allQueries());
const say = (text) => process.stdout.write(`${text}\n`);
for (const { where, expr, why } of failed) say(`FAILED  ${where}\n        ${expr}\n        ${why}`);
for (const { where, expr } of empty) say(`EMPTY   ${where}\n        ${expr}`);
for (const { where, mayBeEmpty } of quiet) say(`quiet   ${where}: ${mayBeEmpty}`);
say(`${answered.length} answered, ${quiet.length} quiet, ${empty.length} empty, ${failed.length} failed`);
process.exitCode = failed.length + empty.length > 0 ? 1 : 0;
