// Everything in k8s/, without a cluster: rendered as kustomize renders it, held against the API's schemas, against rules of our own, and
// against what the services say of their settings. And the rules themselves: each is broken once.
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse } from 'yaml';
import { faultsOf } from './faults.mjs';
import { parseDocuments } from './kustomize/read-yaml.mjs';
import { renderKustomization } from './kustomize/render.mjs';
import { containersOf, podSpecOf } from './pods.mjs';
import { prometheusRule } from './prometheus-rule.mjs';
import { schemaCheck } from './schemas.mjs';
import { GIVEN, newSecrets, secretResources, toYaml } from './secrets.mjs';
import { SPOILT } from './spoilt.mjs';

const top = join(__dirname, '../..');
const at = (...path) => join(top, ...path);
const read = (...path) => readFileSync(at(...path), 'utf8');
const load = createRequire(__filename);
const overlays = ['dev', 'prod'].map((name) => at('k8s/overlays', name));
const [, prod] = overlays;

const sound = renderKustomization(prod);
/** What production comes to, to be looked at or spoilt. */
const rendered = () => structuredClone(sound);

/** Asks the command line, which is where the built services are loaded. */
function check(...folders) {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [join(__dirname, 'check.mjs'), 'check', '--json', ...folders],
    {
      encoding: 'utf8',
    },
  );
  if (!stdout) throw new Error(stderr);
  return JSON.parse(stdout);
}

let folder;
let found;
let settings;
const changed = (name, file, from, to) => {
  const copy = join(folder, name);
  cpSync(at('k8s'), copy, { recursive: true });
  const text = readFileSync(join(copy, file), 'utf8');
  if (!text.includes(from)) throw new Error(`${file} has no ${from}`);
  writeFileSync(join(copy, file), text.replace(from, to));
  return join(copy, 'overlays/prod');
};
let withoutUrl;
let withoutIssuer;
let withoutMaster;
let misspelt;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gatehouse-k8s-'));
  withoutUrl = changed('a', 'overlays/prod/kustomization.yaml', '      - PUBLIC_URL=https://auth.example.com\n', '');
  withoutIssuer = changed(
    'b',
    'overlays/prod/kustomization.yaml',
    '      - AUTH_ISSUER=https://auth.example.com\n',
    '',
  );
  withoutMaster = changed('c', 'base/orders/settings.env', 'REDIS_SENTINEL_MASTER=gatehouse\n', '');
  misspelt = changed('d', 'base/auth/settings.env', 'TRUSTED_PROXIES=10.0.0.0/8', 'TRUSTED_PROXIES=everybody');
  ({ settings, found } = check(...overlays, withoutUrl, withoutIssuer, withoutMaster, misspelt));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the manifests', () => {
  it.each(overlays)('%s: have nothing wrong with them, and the services start with what they say', (overlay) => {
    expect(found[overlay]).toEqual([]);
  });

  it.each(overlays)('%s: runs what Compose runs: a version is raised in both, or in neither', (overlay) => {
    const { services } = parse(read('docker/compose.yaml'), { merge: true, maxAliasCount: 1000 });
    const nameAndTag = (image) => /^(?:ghcr\.io\/)?(.+):([^:]+)$/.exec(image).slice(1);
    const inCompose = Object.fromEntries(Object.values(services).map(({ image }) => nameAndTag(image)));
    const here = renderKustomization(overlay).flatMap(containersOf);
    const inBoth = here.map(({ image }) => nameAndTag(image)).filter(([name]) => name in inCompose);
    expect(inBoth.filter(([name, tag]) => inCompose[name] !== tag)).toEqual([]);
    expect(new Set(inBoth.map(([name]) => name)).size).toBeGreaterThan(5);
  });

  it('are refused where a service would refuse to start with them', () => {
    expect(found[withoutUrl]).toContainEqual(expect.stringContaining('PUBLIC_URL is needed in production'));
    expect(found[withoutIssuer].join()).toContain('AUTH_ISSUER');
    expect(found[withoutMaster].join()).toContain('REDIS_SENTINEL_MASTER: is needed beside REDIS_SENTINELS');
    expect(found[misspelt]).toContainEqual(expect.stringContaining('TRUSTED_PROXIES must be'));
  });
});

it('the doctor has nothing against Redis in production but that it speaks without TLS (M1, M2, M14)', () => {
  const doctor = (resources) => {
    const args = [at('apps/cli/bin/gatehouse.mjs'), 'doctor', '--json', '--manifest', '-'];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', input: toYaml(resources) });
    if (!stdout) throw new Error(stderr);
    const { verdict, findings } = JSON.parse(stdout);
    return { verdict, codes: findings.map(({ code }) => code) };
  };
  expect(doctor(rendered())).toEqual({ verdict: 'sound', codes: ['REDIS_PLAINTEXT'] });
  const spoilt = rendered();
  const config = spoilt.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name.startsWith('redis-config'));
  config.data['redis.conf'] = config.data['redis.conf'].replace('noeviction', 'allkeys-lru');
  expect(doctor(spoilt)).toMatchObject({ verdict: 'unsound', codes: expect.arrayContaining(['REDIS_EVICTS']) });
}, 20_000);

describe('a rule', () => {
  it.each(SPOILT)('refuses %s', (_what, spoil, expected) => {
    const resources = rendered();
    expect(spoil(resources)).not.toBe(false);
    expect(faultsOf(resources, { load, settings })).toContainEqual(expect.stringContaining(expected));
  });
});

describe('rendering', () => {
  const key = ({ kind, metadata }) => `${kind} ${metadata.name}`;
  const byName = (resources) => Object.fromEntries(resources.map((one) => [key(one), JSON.parse(JSON.stringify(one))]));
  const recorded = join(__dirname, 'kustomize/recorded');

  it('comes to what kustomize makes of everything we use', () => {
    const expected = parseDocuments(readFileSync(join(recorded, 'expected.yaml'), 'utf8'), 'expected.yaml');
    expect(byName(renderKustomization(join(recorded, 'overlay')))).toEqual(byName(expected));
  });

  it.each([...overlays, at('k8s/external-secrets')])(
    'comes to what kustomize here makes of %s, if there is one',
    (overlay) => {
      const ours = byName(renderKustomization(overlay));
      const { stdout } = spawnSync('kubectl', ['kustomize', overlay], { encoding: 'utf8' });
      // Without it what was recorded has to do: the renderer refuses each word that is not in there.
      if (stdout) expect(ours).toEqual(byName(parseDocuments(stdout, overlay)));
      expect(Object.keys(ours).length).toBeGreaterThan(3);
    },
  );

  it.each([
    ['a word it does not know', 'commonLabels: { a: b }', 'commonLabels is not rendered here'],
    ['a generator it does not know', 'configMapGenerator: [{ name: a, options: {} }]', 'options of a generator'],
    ['a patch that hits nothing', "patches: [{ target: { kind: Pod, name: a }, patch: '[]' }]", 'hits 0 resources'],
    ['an image without a tag', 'images: [{ name: a }]', 'is given no tag'],
    ['YAML with a key twice', 'resources: []\nresources: []', 'Map keys must be unique'],
  ])('refuses %s, rather than leaving it out', (_what, text, message) => {
    writeFileSync(join(folder, 'kustomization.yaml'), text);
    expect(() => renderKustomization(folder)).toThrow(message);
  });
});

describe('what is written twice is the same twice', () => {
  it('accounts of Redis and MySQL, as containers have them', () => {
    expect(read('k8s/redis/users.acl')).toBe(read('docker/redis/users.acl'));
    expect(read('k8s/mysql/accounts.sh')).toBe(read('docker/mysql/accounts.sh'));
  });

  it('rules of Prometheus (else: npm run k8s:write)', () => {
    expect(parse(read('k8s/monitoring/rules.yaml'))).toEqual(parse(prometheusRule(at('docker/prometheus/rules'))));
  });

  it('jobs that dashboards and alerts ask for', () => {
    const jobs = parse(read('docker/prometheus/prometheus.yml')).scrape_configs.map(({ job_name: name }) => name);
    const resources = rendered();
    const told = resources.flatMap(({ kind, metadata }) =>
      kind === 'Service' ? [metadata.labels['gatehouse/prometheus-job']] : [],
    );
    const stores = resources.find(({ kind }) => kind === 'PodMonitor').spec.selector.matchExpressions[0].values;
    expect(jobs).toEqual(expect.arrayContaining([...told.filter(Boolean), ...stores]));
    expect(told.filter(Boolean)).toHaveLength(3);
  });

  it('secrets: each can come out of a vault too', () => {
    const { secrets } = newSecrets();
    const keys = {
      ...Object.fromEntries(Object.entries(secrets).map(([name, values]) => [name, Object.keys(values)])),
      ...GIVEN,
    };
    const fromVault = renderKustomization(at('k8s/external-secrets')).map(({ spec }) => [
      spec.target.name,
      spec.data.map(({ secretKey }) => secretKey),
    ]);
    expect(Object.fromEntries(fromVault)).toEqual(keys);
  });

  it('no secret is written into a manifest, and each new one is another', () => {
    expect(secretResources('somewhere').flatMap(schemaCheck(load))).toEqual([]);
    expect(rendered().filter(({ kind }) => kind === 'Secret')).toEqual([]);
    const [one, other] = [newSecrets(), newSecrets()].map(({ secrets }) =>
      Object.values(secrets).flatMap(Object.values),
    );
    expect(new Set([...one, ...other]).size).toBe(one.length + other.length);
  });
});

describe('what a set-up of the old names had (R158-R178, R185, R186)', () => {
  const OLD = [
    'Deployment auth-service',
    'Service auth-service',
    'HorizontalPodAutoscaler auth-service-hpa',
    'NetworkPolicy auth-service-network-policy',
    'Deployment microservice-a',
    'Service microservice-a',
    'StatefulSet redis',
    'Service redis-cluster',
    'StatefulSet mysql',
    'Service mysql-cluster',
    'Secret auth-secrets',
    'Secret redis-secrets',
    'Secret mysql-secrets',
    'Service auth-service (LoadBalancer)',
  ];
  const rows = [
    ...read('docs/deployment/kubernetes.md').matchAll(/^\| `([A-Z]\w+ [^`]+)` +\| `([A-Z]\w+ [^`]+)` +\|/gm),
  ];

  it('is there, under the name that the document gives it', () => {
    expect(rows.map(([, old]) => old)).toEqual(OLD);
    const names = rendered().map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    const { secrets } = newSecrets();
    const all = [...names, ...Object.keys(secrets).map((name) => `Secret ${name}`)];
    for (const [, , now] of rows) expect(all).toContain(now);
  });

  it('is of the size that was asked for, or more', () => {
    const resources = rendered();
    const find = (kind, name) => resources.find((one) => one.kind === kind && one.metadata.name === name);
    expect(find('HorizontalPodAutoscaler', 'auth-service-hpa').spec).toMatchObject({ minReplicas: 3, maxReplicas: 10 });
    expect(find('HorizontalPodAutoscaler', 'orders-hpa').spec).toMatchObject({ minReplicas: 3, maxReplicas: 10 });
    expect(podSpecOf(find('Deployment', 'auth-service')).containers[0]).toMatchObject({
      ports: [{ containerPort: 8080 }],
      resources: { requests: { memory: '256Mi', cpu: '250m' }, limits: { memory: '512Mi' } },
    });
    expect(podSpecOf(find('Deployment', 'orders')).containers[0].ports).toMatchObject([{ containerPort: 8081 }]);
    expect(find('StatefulSet', 'redis').spec.replicas).toBe(3);
    expect(find('Service', 'mysql').spec.ports[0].port).toBe(3306);
  });

  it('has no Service that is reached from outside the cluster: the Ingress is, with TLS (M11)', () => {
    const resources = rendered();
    for (const { spec } of resources.filter(({ kind }) => kind === 'Service'))
      expect(spec.type ?? 'ClusterIP').toBe('ClusterIP');
    const ingress = resources.find(({ kind }) => kind === 'Ingress');
    const hosts = ingress.spec.rules.map(({ host }) => host);
    expect(ingress.spec.tls.flatMap((one) => one.hosts)).toEqual(hosts);
    expect(ingress.spec.rules.flatMap(({ http }) => http.paths.map(({ path }) => path))).not.toContain('/metrics');
  });
});
