const PROMETHEUS = { type: 'prometheus', uid: '${datasource}' };
const RUNBOOKS = 'https://docs.example.com/runbooks';
/** Grafana divides a row into 24. */
const SIZES = { stat: { w: 4, h: 4 }, timeseries: { w: 8, h: 8 } };

/**
 * A dashboard as Grafana reads it from a file.
 *
 * @param {{ uid: string, title: string, about: string, jobsWith: string, panels: import('./panel.mjs').Panel[] }} dashboard
 */
export function toGrafana({ uid, title, about, jobsWith, panels }) {
  return {
    ...{
      uid,
      title,
      description: about,
      tags: ['gatehouse'],
      editable: false,
      graphTooltip: 1,
      schemaVersion: 39,
      version: 1,
    },
    ...{
      id: null,
      refresh: '30s',
      timezone: 'browser',
      time: { from: 'now-1h', to: 'now' },
      annotations: { list: [alerts()] },
    },
    links: [
      {
        type: 'dashboards',
        title: 'Gatehouse',
        tags: ['gatehouse'],
        asDropdown: true,
        includeVars: false,
        keepTime: true,
      },
    ],
    templating: { list: [datasource(), ...chosen(jobsWith, panels)] },
    panels: placed(panels),
  };
}

const datasource = () => ({
  name: 'datasource',
  label: 'Prometheus',
  type: 'datasource',
  query: 'prometheus',
  current: {},
  hide: 0,
});

/** Where no panel asks what was chosen, there is nothing to choose. */
function chosen(jobsWith, panels) {
  const asks = (name) => panels.some(({ queries }) => queries.some(({ expr }) => expr.includes(`$${name}`)));
  return [
    asks('job') && variable('job', `label_values(${jobsWith}, job)`),
    asks('instance') && variable('instance', `label_values(${jobsWith}{job=~"$job"}, instance)`),
  ].filter(Boolean);
}

const variable = (name, query) => ({
  ...{ name, label: name, type: 'query', datasource: PROMETHEUS, definition: query, query: { query, refId: name } },
  ...{
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.+',
    current: { selected: true, text: ['All'], value: ['$__all'] },
  },
});

/** What fired is marked on every curve. */
const alerts = () => ({
  ...{
    name: 'Alerts',
    datasource: PROMETHEUS,
    enable: true,
    iconColor: 'red',
    titleFormat: '{{alertname}}',
    step: '15s',
  },
  expr: 'ALERTS{alertstate="firing", severity=~"critical|warning"}',
});

function placed(panels) {
  let [x, y, height] = [0, 0, 0];
  return panels.map((panel, i) => {
    const { w, h } = SIZES[panel.kind];
    if (x + w > 24 || (height !== 0 && h !== height)) [x, y] = [0, y + height];
    const at = { x, y, w, h };
    [x, height] = [x + w, h];
    return toPanel(panel, i + 1, at);
  });
}

function toPanel({ title, kind, unit, about, queries, stacked, runbook, bad }, id, gridPos) {
  return {
    ...{ id, type: kind, title, description: about, gridPos, datasource: PROMETHEUS },
    ...(runbook && { links: [{ title: `Runbook: ${runbook}`, url: `${RUNBOOKS}/${runbook}`, targetBlank: true }] }),
    fieldConfig: {
      defaults: { unit, min: unit === 's' ? undefined : 0, thresholds: thresholds(bad), ...style(kind, stacked) },
      overrides: [],
    },
    options:
      kind === 'stat'
        ? {
            reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
            colorMode: bad === undefined ? 'none' : 'value',
            graphMode: 'area',
          }
        : { legend: { displayMode: 'list', placement: 'bottom' }, tooltip: { mode: 'multi', sort: 'desc' } },
    targets: queries.map(({ expr, legend }, i) => ({
      ...{
        refId: String.fromCharCode(65 + i),
        datasource: PROMETHEUS,
        expr,
        legendFormat: legend || '__auto',
        range: true,
      },
    })),
  };
}

const style = (kind, stacked) =>
  kind === 'stat'
    ? {}
    : {
        custom: {
          drawStyle: 'line',
          lineWidth: 1,
          fillOpacity: stacked ? 30 : 5,
          showPoints: 'never',
          stacking: { mode: stacked ? 'normal' : 'none' },
        },
      };

function thresholds(bad) {
  if (bad === undefined) return { mode: 'absolute', steps: [{ color: 'text', value: null }] };
  const steps =
    bad < 0
      ? [
          ['red', null],
          ['green', 1],
        ]
      : [
          ['green', null],
          ['red', bad],
        ];
  return { mode: 'absolute', steps: steps.map(([color, value]) => ({ color, value })) };
}
