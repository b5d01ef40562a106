// The custom resource of k8s/ whose definition no package for our Node has in the version that is in force: ExternalSecret, as
// external-secrets v0.16 installs it (config/crds/bases/external-secrets.io_externalsecrets.yaml, version v1). Here are the fields we use, and
// no others; whoever uses another one adds it.
const text = { type: 'string', minLength: 1 };
const object = (properties, ...required) => ({ type: 'object', properties, required, additionalProperties: false });

/** `.spec.data[].remoteRef`: which entry of the vault, which field of it, which version. */
const remoteRef = object({ key: text, property: text, version: text }, 'key');

/** `.spec`. */
const spec = object(
  {
    // A duration as Go writes it: 1h, 30m, 1h30m; 0 asks once.
    refreshInterval: { type: 'string', pattern: '^(0|([0-9]+(h|m|s|ms))+)$' },
    secretStoreRef: object({ kind: { enum: ['SecretStore', 'ClusterSecretStore'] }, name: text }, 'name'),
    target: object({ name: text, creationPolicy: { enum: ['Owner', 'Orphan', 'Merge', 'None'] } }),
    data: { type: 'array', items: object({ secretKey: text, remoteRef }, 'secretKey', 'remoteRef'), minItems: 1 },
  },
  'secretStoreRef',
  'data',
);

/** JSON Schemas, by `apiVersion kind`. */
export const CUSTOM_RESOURCES = {
  'external-secrets.io/v1 ExternalSecret': object(
    {
      apiVersion: { const: 'external-secrets.io/v1' },
      kind: { const: 'ExternalSecret' },
      metadata: object(
        { name: text, namespace: text, labels: { type: 'object' }, annotations: { type: 'object' } },
        'name',
      ),
      spec,
    },
    'apiVersion',
    'kind',
    'metadata',
    'spec',
  ),
};
