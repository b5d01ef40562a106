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
    'a rule of Prometheus that is neither',
    set((all) => {
      find(all, 'PrometheusRule', 'gatehouse').spec.groups[0].rules[0] = { expr: 'up' };
    }),
    'PrometheusRule gatehouse',
  ],
];
