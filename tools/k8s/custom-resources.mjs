// The custom resources that k8s/ uses, as JSON Schemas: the fields we use, out of the definitions their operators install, and no others.
// Sources: prometheus-operator v0.79 (example/prometheus-operator-crd/monitoring.coreos.com_{servicemonitors,podmonitors,prometheusrules}.yaml),
// external-secrets v0.16 (config/crds/bases/external-secrets.io_externalsecrets.yaml). Whoever uses a field that is missing here adds it.
const text = { type: 'string', minLength: 1 };
const texts = { type: 'array', items: text, minItems: 1 };
const labels = { type: 'object', additionalProperties: { type: 'string' } };
const duration = {
  type: 'string',
  pattern: '^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$',
};

const object = (properties, ...required) => ({ type: 'object', properties, required, additionalProperties: false });
const list = (items) => ({ type: 'array', items, minItems: 1 });

const selector = object({
  matchLabels: labels,
  matchExpressions: list(
    object(
      { key: text, operator: { enum: ['In', 'NotIn', 'Exists', 'DoesNotExist'] }, values: texts },
      'key',
      'operator',
    ),
  ),
});
const endpoint = object({ port: text, path: text, interval: duration, scrapeTimeout: duration }, 'port');

const resource = (apiVersion, kind, spec) =>
  object(
    {
      apiVersion: { const: apiVersion },
      kind: { const: kind },
      metadata: object({ name: text, namespace: text, labels, annotations: labels }, 'name'),
      spec,
    },
    'apiVersion',
    'kind',
    'metadata',
    'spec',
  );

const MONITORING = 'monitoring.coreos.com/v1';

/** By `apiVersion kind`. */
export const CUSTOM_RESOURCES = {
  [`${MONITORING} ServiceMonitor`]: resource(
    MONITORING,
    'ServiceMonitor',
    object({ jobLabel: text, selector, endpoints: list(endpoint) }, 'selector', 'endpoints'),
  ),
  [`${MONITORING} PodMonitor`]: resource(
    MONITORING,
    'PodMonitor',
    object({ jobLabel: text, selector, podMetricsEndpoints: list(endpoint) }, 'selector', 'podMetricsEndpoints'),
  ),
  [`${MONITORING} PrometheusRule`]: resource(
    MONITORING,
    'PrometheusRule',
    object({
      groups: list(
        object(
          {
            name: text,
            interval: duration,
            labels,
            limit: { type: 'integer' },
            rules: list({
              ...object(
                {
                  alert: text,
                  record: text,
                  expr: { type: ['string', 'integer'] },
                  for: duration,
                  keep_firing_for: duration,
                  labels,
                  annotations: labels,
                },
                'expr',
              ),
              oneOf: [{ required: ['alert'] }, { required: ['record'] }],
            }),
          },
          'name',
        ),
      ),
    }),
  ),
  'external-secrets.io/v1 ExternalSecret': resource(
    'external-secrets.io/v1',
    'ExternalSecret',
    object(
      {
        refreshInterval: text,
        secretStoreRef: object({ kind: { enum: ['SecretStore', 'ClusterSecretStore'] }, name: text }, 'name'),
        target: object({ name: text, creationPolicy: { enum: ['Owner', 'Orphan', 'Merge', 'None'] } }),
        data: list(
          object(
            { secretKey: text, remoteRef: object({ key: text, property: text, version: text }, 'key') },
            'secretKey',
            'remoteRef',
          ),
        ),
      },
      'secretStoreRef',
      'data',
    ),
  ),
};
