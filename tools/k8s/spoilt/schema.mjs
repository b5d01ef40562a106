import { auth, container, find, set } from './manifests.mjs';

export const SCHEMA = [
  ['a Deployment without a selector (M9)', (all) => delete auth(all).spec.selector, 'required property selector'],
  [
    'pods without the labels they are selected by (M9)',
    set((all) => {
      auth(all).spec.template.metadata.labels.app = 'other';
    }),
    'does not select its own pods',
  ],
  [
    'a field the API does not know',
    set((all) => {
      container(all).resurces = {};
    }),
    '/resurces is no field of the API',
  ],
  [
    'a port in letters',
    set((all) => {
      container(all).ports[0].containerPort = 'http';
    }),
    'containerPort must be integer',
  ],
  [
    'a kind nobody knows',
    set((all) => {
      auth(all).kind = 'Deploymint';
    }),
    'no schema is known',
  ],
  [
    'a rule of Prometheus that asks nothing',
    (all) => delete find(all, 'PrometheusRule', 'gatehouse').spec.groups[0].rules[0].expr,
    'PrometheusRule gatehouse',
  ],
  [
    'a monitor with a word the operator does not know',
    set((all) => {
      find(all, 'ServiceMonitor', 'gatehouse').spec.endpoints[0].intervall = '15s';
    }),
    '/spec/endpoints/0/intervall is no field of the API',
  ],
  [
    'a monitor with a time that is none',
    set((all) => {
      find(all, 'PodMonitor', 'gatehouse-stores').spec.podMetricsEndpoints[0].interval = '15 seconds';
    }),
    'PodMonitor gatehouse-stores',
  ],
  [
    'a secret of a vault that is not said where (R187)',
    (all) =>
      all.push({
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        metadata: { name: 'auth-secrets' },
        spec: { data: [{ secretKey: 'key-encryption-key', remoteRef: { property: 'key' } }] },
      }),
    'ExternalSecret auth-secrets',
  ],
];
