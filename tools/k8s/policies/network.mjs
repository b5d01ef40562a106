import { containersOf, labelOf, podTemplateOf, selects } from '../pods.mjs';
import { neededEdges } from './edges.mjs';

const NAMESPACE = 'kubernetes.io/metadata.name';
const labelsOf = (workload) => podTemplateOf(workload).metadata.labels;

/** That nothing is open by default, that everything the configuration needs is, and that stores are open to no one else. */
export function networkFaults(resources, secrets) {
  const policies = resources.filter(({ kind }) => kind === 'NetworkPolicy');
  const workloads = resources.filter(podTemplateOf);
  const edges = neededEdges(resources, secrets);
  const says = (direction, workload) => policies.filter((policy) => applies(policy, direction, workload));
  return [
    ...(policies.some(isDefaultDeny) ? [] : ['no policy denies by default']),
    ...workloads.flatMap((workload) =>
      goesOut(says('Egress', workload), DNS) ? [] : [`${labelOf(workload)} may not ask the DNS`],
    ),
    ...edges.flatMap(({ from, to, port }) => edgeFaults(from, to, port, says)),
    ...resources.flatMap((resource) => fromOutside(resource, resources, says)),
    ...workloads.flatMap((workload) => strangers(workload, workloads, edges, says)),
  ];
}

const DNS = { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' }, port: 53, protocols: ['UDP', 'TCP'] };

const isDefaultDeny = ({ spec }) =>
  Object.keys(spec.podSelector).length === 0 && spec.policyTypes.length === 2 && !spec.ingress && !spec.egress;

function applies({ spec }, direction, workload) {
  return spec.policyTypes.includes(direction) && selects(spec.podSelector, labelsOf(workload));
}

function edgeFaults(from, to, port, says) {
  const what = `${labelOf(from)} → ${to ? labelOf(to) : 'the world outside'}, port ${port}`;
  const out = says('Egress', from);
  if (!to) return out.some((policy) => reachesOutside(policy, port)) ? [] : [`${what}: may not go out`];
  return [
    ...(goesOut(out, { labels: labelsOf(to), port, protocols: ['TCP'] }) ? [] : [`${what}: may not go out`]),
    ...(comesIn(says('Ingress', to), to, { labels: labelsOf(from), port }) ? [] : [`${what}: is not let in`]),
  ];
}

function goesOut(policies, { namespace, labels, port, protocols }) {
  return protocols.every((protocol) =>
    policies.some(({ spec }) =>
      (spec.egress ?? []).some(
        ({ to, ports }) =>
          (to ?? []).some((peer) => isPeer(peer, namespace, labels)) &&
          ports.some((one) => one.port === port && (one.protocol ?? 'TCP') === protocol),
      ),
    ),
  );
}

function comesIn(policies, workload, { namespace, labels, port }) {
  const opened = containersOf(workload).flatMap(({ ports = [] }) => ports);
  const isPort = (wanted) =>
    wanted === port || opened.some(({ name, containerPort }) => name === wanted && containerPort === port);
  return policies.some(({ spec }) =>
    (spec.ingress ?? []).some(
      ({ from, ports }) =>
        (from ?? []).some((peer) => isPeer(peer, namespace, labels)) && ports.some((one) => isPort(one.port)),
    ),
  );
}

/** @param namespace - of the other; `undefined` for our own */
function isPeer({ namespaceSelector, podSelector }, namespace, labels) {
  if (!podSelector) return false;
  const here =
    namespace === undefined
      ? !namespaceSelector
      : selects(namespaceSelector, { [NAMESPACE]: namespace }) && namespaceSelector;
  return Boolean(here) && selects(podSelector, labels);
}

function reachesOutside({ spec }, port) {
  return (spec.egress ?? []).some(
    ({ to, ports }) =>
      (to ?? []).some(({ ipBlock }) => ipBlock?.cidr === '0.0.0.0/0' && ipBlock.except.includes('10.0.0.0/8')) &&
      ports.some((one) => one.port === port),
  );
}

/** What an Ingress leads to is open to its controller, and what tells figures to Prometheus. */
function fromOutside(resource, resources, says) {
  const workloads = resources.filter(podTemplateOf);
  const portOf = (workload, name) =>
    containersOf(workload)
      .flatMap(({ ports = [] }) => ports)
      .find((port) => port.name === name)?.containerPort;
  const behind = (service) => workloads.filter((one) => selects({ matchLabels: service.spec.selector }, labelsOf(one)));
  const services = resources.filter(({ kind }) => kind === 'Service');
  const controller = { namespace: 'ingress-nginx', labels: { 'app.kubernetes.io/name': 'ingress-nginx' } };
  const prometheus = { namespace: 'monitoring', labels: { 'app.kubernetes.io/name': 'prometheus' } };
  const asked = {
    Ingress: ({ spec }) =>
      spec.rules.flatMap(({ http }) =>
        http.paths.flatMap(({ backend }) =>
          services
            .filter(({ metadata }) => metadata.name === backend.service.name)
            .flatMap((service) =>
              behind(service).map((workload) => [workload, 'http', controller, 'the ingress controller']),
            ),
        ),
      ),
    ServiceMonitor: ({ spec }) =>
      services
        .filter(({ metadata }) => selects(spec.selector, metadata.labels))
        .flatMap((service) =>
          behind(service).map((workload) => [workload, spec.endpoints[0].port, prometheus, 'Prometheus']),
        ),
    PodMonitor: ({ spec }) =>
      workloads
        .filter((one) => selects(spec.selector, labelsOf(one)))
        .map((workload) => [workload, spec.podMetricsEndpoints[0].port, prometheus, 'Prometheus']),
  }[resource.kind];
  return (asked?.(resource) ?? []).flatMap(([workload, port, peer, who]) =>
    comesIn(says('Ingress', workload), workload, { ...peer, port: portOf(workload, port) })
      ? []
      : [`${labelOf(workload)}: ${who} is not let in`],
  );
}

/** Workloads that a policy lets in though their configuration names nothing there. */
function strangers(workload, workloads, edges, says) {
  const ports = containersOf(workload).flatMap((container) =>
    (container.ports ?? []).map(({ containerPort }) => containerPort),
  );
  return workloads.flatMap((other) =>
    ports.flatMap((port) => {
      const isNeeded = edges.some(({ from, to, port: at }) => from === other && to === workload && at === port);
      const isLetIn = comesIn(says('Ingress', workload), workload, { labels: labelsOf(other), port });
      return isLetIn && !isNeeded
        ? [`${labelOf(workload)}: lets ${labelOf(other)} in at port ${port}, which has no need to`]
        : [];
    }),
  );
}
