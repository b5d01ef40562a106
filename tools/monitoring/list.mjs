// `node tools/monitoring/list.mjs`: everything that is asked of Prometheus, as JSON, with the metrics each query asks for.
import { allQueries, metricsIn, rules } from './queries.mjs';

const queries = allQueries().map((asked) => ({ ...asked, metrics: metricsIn(asked.expr) }));
process.stdout.write(`${JSON.stringify({ queries, ...rules() })}\n`);
