import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { stringify } from 'yaml';

const password = () => randomBytes(24).toString('hex');
const passwords = (store, ...roles) => roles.map((role) => [`${store}-${role}-password`, password()]);

/** The Secrets that the manifests name and that can be made up, and the ConfigMap with the public half of the root key. */
export function newSecrets() {
  const root = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const clientId = `svc_${randomBytes(12).toString('hex')}`;
  const clientSecret = `gatehouse_secret_${randomBytes(32).toString('base64url')}`;
  const redis = passwords('redis', 'auth', 'orders', 'gateway', 'operator', 'exporter', 'replica', 'sentinel');
  const mysql = Object.fromEntries(passwords('mysql', 'root', 'migrate', 'auth', 'orders', 'exporter', 'backup'));
  return {
    secrets: {
      'auth-secrets': {
        'key-encryption-key': randomBytes(32).toString('base64'),
        'root-signing-key': root.privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
      },
      'redis-secrets': Object.fromEntries(redis),
      'mysql-secrets': {
        ...mysql,
        'orders-database-url': `mysql://gatehouse-orders:${mysql['mysql-orders-password']}@mysql:3306/orders`,
        'orders-migrate-url': `mysql://gatehouse-migrate:${mysql['mysql-migrate-password']}@mysql:3306/orders`,
      },
      'gateway-secrets': {
        'gateway-session-key': randomBytes(32).toString('base64'),
        'gateway-client-id': clientId,
        'gateway-client-secret': clientSecret,
        'gateway-client.json': JSON.stringify({ clientId, clientSecret }),
      },
    },
    trustAnchor: root.publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  };
}

/** Secrets that somebody else gives, by name: their keys. */
export const GIVEN = { 'entra-secrets': ['entra-client-secret'] };

/** The ConfigMap that is made beside the Secrets, with its key. */
export const TRUST_ANCHOR = { name: 'gatehouse-trust-anchor', key: 'key' };

/** @returns {object[]} resources for `kubectl create -f -` */
export function secretResources(namespace, { secrets, trustAnchor } = newSecrets()) {
  const metadata = (name) => ({ name, namespace, labels: { 'app.kubernetes.io/part-of': 'gatehouse' } });
  return [
    ...Object.entries(secrets).map(([name, stringData]) => ({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: metadata(name),
      type: 'Opaque',
      stringData,
    })),
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata(TRUST_ANCHOR.name),
      data: { [TRUST_ANCHOR.key]: trustAnchor },
    },
  ];
}

export const toYaml = (resources) => resources.map((resource) => stringify(resource, { lineWidth: 0 })).join('---\n');
