// Everything that is asked of Prometheus: each query of a dashboard, each rule and each alert.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { DASHBOARDS } from './dashboards/dashboards.mjs';

export const RULES = join(import.meta.dirname, '../../docker/prometheus/rules');

/** What Grafana puts in for its variables when everything is chosen. */
const CHOSEN = { $job: '.+', $instance: '.+', $__rate_interval: '1m' };

/** @typedef {{ where: string, expr: string, mayBeEmpty: string | undefined }} Asked - `mayBeEmpty`: why a healthy system answers nothing */

/** @returns {Asked[]} the queries of all dashboards, as Grafana sends them with everything chosen */
export function dashboardQueries() {
  return DASHBOARDS.flatMap(({ title, panels }) =>
    panels.flatMap((panel) =>
      panel.queries.map(({ expr, quiet }) => ({
        where: `${title} / ${panel.title}`,
        expr: withAllChosen(expr),
        mayBeEmpty: quiet,
      })),
    ),
  );
}

/** @returns {{ alerts: object[], records: object[] }} the rules of docker/prometheus/rules, each with its `file` and `group` */
export function rules() {
  const all = readdirSync(RULES)
    .filter((file) => file.endsWith('.yml'))
    .flatMap((file) =>
      parse(readFileSync(join(RULES, file), 'utf8')).groups.flatMap((group) =>
        group.rules.map((rule) => ({ ...rule, file, group: group.name })),
      ),
    );
  return { alerts: all.filter(({ alert }) => alert), records: all.filter(({ record }) => record) };
}

/** Recorded ones are as good as measured ones. @returns {Asked[]} */
export function ruleQueries() {
  const { alerts, records } = rules();
  return [
    ...records.map(({ record, expr }) => ({ where: `rule ${record}`, expr, mayBeEmpty: undefined })),
    ...alerts.map(({ alert, expr }) => ({
      where: `alert ${alert}`,
      expr,
      mayBeEmpty: alert === 'Watchdog' ? undefined : 'nothing is wrong',
    })),
  ];
}

/** @returns {Asked[]} */
export const allQueries = () => [...dashboardQueries(), ...ruleQueries()];

function withAllChosen(expr) {
  return Object.entries(CHOSEN).reduce((text, [name, value]) => text.replaceAll(name, value), expr);
}

const WORDS = new Set(
  (
    'and or unless on by without ignoring group_left group_right bool offset sum rate increase delta deriv min max avg count topk vector time round ' +
    'histogram_quantile clamp_min absent min_over_time max_over_time'
  ).split(' '),
);

/**
 * The metrics an expression asks for, recorded ones included.
 *
 * @param {string} expr @returns {string[]}
 */
export function metricsIn(expr) {
  const bare = expr
    .replace(/"[^"]*"/g, '')
    .replace(/\{[^}]*\}/g, '')
    .replace(/\[[^\]]*\]/g, '')
    .replace(/\boffset \w+/g, '')
    .replace(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, '');
  return [...new Set(bare.match(/[a-zA-Z_:][a-zA-Z0-9_:]*/g) ?? [])].filter((word) => !WORDS.has(word));
}

/**
 * The labels an expression chooses a metric by.
 *
 * @param {string} expr @returns {{ metric: string, labels: string[] }[]}
 */
export function choicesIn(expr) {
  return [...expr.matchAll(/([a-zA-Z_:][\w:]*)\{([^}]*)\}/g)].map(([, metric, matchers]) => ({
    metric,
    labels: [...matchers.matchAll(/(\w+)\s*[=!][=~]?\s*"/g)].map(([, label]) => label),
  }));
}

/** The labels an expression sums up by. @param {string} expr @returns {string[]} */
export function groupsIn(expr) {
  const lists = expr.matchAll(/\b(?:by|without)\s*\(([^)]*)\)/g);
  return [...new Set([...lists].flatMap(([, list]) => list.split(',').map((label) => label.trim())))].filter(Boolean);
}
