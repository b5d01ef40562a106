// `node tools/monitoring/list.mjs`: everything that is asked of Prometheus, as JSON, with the metrics and labels each query asks for.
import { allQueries, choicesIn, groupsIn, metricsIn, rules } from './queries.mjs';

const queries = allQueries().map((asked) => ({
  ...asked,
  metrics: metricsIn(asked.expr),
  choices: choicesIn(asked.expr),
  groups: groupsIn(asked.expr),
}));
process.stdout.write(`${JSON.stringify({ queries, ...rules() })}\n`);
