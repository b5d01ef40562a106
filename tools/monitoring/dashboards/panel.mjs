// The forms panels come in. A query is `[expression, legend]`; one that a healthy system leaves empty says so with `quiet`, and why.

/** @typedef {{ expr: string, legend: string, quiet?: string }} Query */
/** @typedef {{ title: string, kind: 'timeseries' | 'stat', unit: string, about: string, queries: Query[], stacked?: boolean, runbook?: string, bad?: number }} Panel */

const query = (one) => (Array.isArray(one) ? { expr: one[0], legend: one[1] ?? '' } : one);

/**
 * A curve over time.
 *
 * @param {string} title @param {string} unit - as Grafana names it: `reqps`, `s`, `percentunit`, `bytes`, `short`
 * @param {string} about - what it tells, and when to worry
 * @param {(Query | [string, string])[]} queries
 * @param {Partial<Panel>} [more] - `runbook`: file in docs/runbooks, without its ending
 * @returns {Panel}
 */
export const curve = (title, unit, about, queries, more = {}) => ({
  ...{ title, kind: 'timeseries', unit, about },
  queries: queries.map(query),
  ...more,
});

/** One figure. `bad`: from here on it is red; a negative one means: at 0. @returns {Panel} */
export const figure = (title, unit, about, expr, more = {}) => ({
  ...{ title, kind: 'stat', unit, about },
  queries: [query([expr, ''])],
  ...more,
});

/** An expression that a healthy system answers with nothing. @returns {Query} */
export const quiet = (expr, legend, why) => ({ expr, legend, quiet: why });

/** Which instances a dashboard is about: what is chosen at its top. */
export const CHOSEN = 'job=~"$job", instance=~"$instance"';
/** The range of a rate: what Grafana takes for long enough at the present zoom. */
export const RANGE = '[$__rate_interval]';

/** A rate per second, summed up by labels. */
export const rate = (metric, by = '', labels = '') =>
  `sum${by && ` by (${by})`} (rate(${metric}{${CHOSEN}${labels && `, ${labels}`}}${RANGE}))`;

/** Three quantiles of a histogram. */
export const quantiles = (metric, labels = '') =>
  [0.5, 0.95, 0.99].map((q) => [
    `histogram_quantile(${q}, ${rate(`${metric}_bucket`, 'le', labels)})`,
    `p${Math.round(q * 100)}`,
  ]);
