import { parse } from 'yaml';
import { containersOf, labelOf, podSpecOf, podTemplateOf } from '../pods.mjs';

/** Variables whose value is an address, whatever its form. */
const ADDRESSES = /(_HOST|_URL|_URI|_ADDR|_SERVERS|_SENTINELS|_NODES|_ENDPOINT)$/;

/**
 * Who has to reach whom, as the configuration says it: hosts in variables, in files that variables name, in the gateway's file.
 *
 * @param {object[]} resources
 * @param {Record<string, Record<string, string>>} secrets - examples of the Secrets, for addresses inside them
 * @returns {{ from: object, to: object, port: number }[]} pairs of workloads; `to` is `undefined` for the world outside
 */
export function neededEdges(resources, secrets) {
  const workloads = resources.filter(podTemplateOf);
  const services = resources.filter(({ kind }) => kind === 'Service');
  return workloads.flatMap((from) => {
    const values = addressesOf(from, resources, secrets);
    const named = services.flatMap((service) => {
      const port = values.map((value) => portNamed(value, service)).find((found) => found !== undefined);
      return port === undefined ? [] : [{ from, to: workloadOf(service, workloads), port }];
    });
    // Whom a Sentinel names is one of the servers it watches.
    const sentinel = named.find(({ port }) => port === 26379);
    const watched = sentinel ? neededByName(sentinel.to, 'REDIS_SERVERS', resources, services, workloads, from) : [];
    // A job is told what the service is told, and has no business outside.
    const outside = from.kind === 'Deployment' ? outsideOf(from, resources) : [];
    return unique([...named, ...watched, ...outside]);
  });
}

function neededByName(sentinel, variable, resources, services, workloads, from) {
  const text = environmentOf(sentinel, resources)[variable] ?? '';
  return services.flatMap((service) =>
    portNamed(text, service) === undefined
      ? []
      : [{ from, to: workloadOf(service, workloads), port: service.spec.ports[0].port }],
  );
}

/** What each container of it is told, whether in the Deployment or in a ConfigMap. */
export function environmentOf(workload, resources) {
  const pairs = containersOf(workload).flatMap((container) =>
    Object.entries(environmentOfContainer(container, resources)),
  );
  return Object.fromEntries(pairs);
}

export function environmentOfContainer({ env = [], envFrom = [] }, resources) {
  const shared = envFrom.flatMap(({ configMapRef }) =>
    Object.entries(
      resources.find((one) => one.kind === 'ConfigMap' && one.metadata.name === configMapRef?.name)?.data ?? {},
    ),
  );
  return Object.fromEntries([
    ...shared,
    ...env.flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
  ]);
}

function addressesOf(workload, resources, secrets) {
  const environment = environmentOf(workload, resources);
  const direct = Object.entries(environment).flatMap(([name, value]) => (ADDRESSES.test(name) ? [value] : []));
  const files = mountedSecrets(podSpecOf(workload), secrets);
  const inFiles = Object.entries(environment).flatMap(([name, path]) =>
    ADDRESSES.test(name.replace(/_FILE$/, '')) && name.endsWith('_FILE')
      ? [files.get(path.split('/').at(-1)) ?? '']
      : [],
  );
  const own = gatewayFileOf(workload, resources);
  const upstreams = Object.values(own?.upstreams ?? {}).flatMap(({ targets }) => targets);
  return [...direct, ...inFiles, ...upstreams];
}

function mountedSecrets(pod, secrets) {
  const sources = (pod.volumes ?? []).flatMap(({ secret, projected }) => [
    ...(secret ? [{ name: secret.secretName, items: secret.items }] : []),
    ...(projected?.sources ?? []).flatMap((source) => (source.secret ? [source.secret] : [])),
  ]);
  return new Map(sources.flatMap(({ name, items = [] }) => items.map(({ key, path }) => [path, secrets[name]?.[key]])));
}

/** The gateway's file, where the pod mounts one. */
export function gatewayFileOf(workload, resources) {
  const names = (podSpecOf(workload).volumes ?? []).map(({ configMap }) => configMap?.name);
  const map = resources.find(
    ({ kind, metadata, data }) => kind === 'ConfigMap' && names.includes(metadata.name) && data['gateway.yaml'],
  );
  return map && parse(map.data['gateway.yaml']);
}

/** The port at which this text names the Service, or one of its pods. */
function portNamed(text, { metadata: { name }, spec }) {
  const host = new RegExp(
    String.raw`(?<![\w./-])(?:${name}-\d+\.)?${name}(?:\.\$\(POD_NAMESPACE\)\.svc)?(?![\w.-])(?!://)(?::(\d+))?`,
  );
  const match = host.exec(text.replaceAll(/[a-z]+:\/\/(?:[^@/\s]*@)?/g, ' '));
  return match ? Number(match[1] ?? spec.ports[0].port) : undefined;
}

function workloadOf({ spec }, workloads) {
  return workloads.find((one) =>
    Object.entries(spec.selector).every(([key, value]) => podTemplateOf(one).metadata.labels[key] === value),
  );
}

/** Ports of the world outside. */
function outsideOf(from, resources) {
  const environment = environmentOf(from, resources);
  const web = [
    environment.PASSWORD_BREACH_CHECK === 'hibp',
    Object.values(gatewayFileOf(from, resources)?.providers ?? {}).some(({ type }) => type === 'entra'),
    environment.IDENTITY_PROVIDERS_FILE !== undefined,
    (environment.SECURITY_EVENT_RECEIVERS_FILE ?? environment.SECURITY_EVENT_RECEIVERS) !== undefined,
  ];
  const mail = environment.SMTP_HOST
    ? [Number(environment.SMTP_PORT ?? 587)]
    : environment.SMTP_URL_FILE
      ? [587, 465]
      : [];
  return [...(web.some(Boolean) ? [443] : []), ...mail].map((port) => ({ from, to: undefined, port }));
}

function unique(edges) {
  const key = ({ from, to, port }) => `${labelOf(from)} ${to ? labelOf(to) : 'outside'} ${port}`;
  return [...new Map(edges.map((edge) => [key(edge), edge])).values()];
}
