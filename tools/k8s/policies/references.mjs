import { containersOf, labelOf, podSpecOf, podTemplateOf, selects } from '../pods.mjs';
import { configMapReferences } from '../kustomize/config-maps.mjs';

/**
 * That whatever is named is there: Secrets and ConfigMaps with their keys, accounts, volumes, ports, and what selectors select.
 *
 * @param {object[]} resources
 * @param {Record<string, string[]>} secrets - keys of the Secrets that are made outside of the manifests
 * @param {Record<string, string[]>} configMaps - the same for ConfigMaps
 */
export function referenceFaults(resources, secrets, configMaps) {
  const find = (kind, name) => resources.find((other) => other.kind === kind && other.metadata.name === name);
  const keysOfConfigMap = (name) =>
    configMaps[name] ?? (find('ConfigMap', name) && Object.keys(find('ConfigMap', name).data));
  return resources.flatMap((resource) =>
    [
      ...secretReferences(podSpecOf(resource)).flatMap((one) => missing('Secret', one, secrets[one.name])),
      ...configMapReferences(podSpecOf(resource)).flatMap((one) =>
        missing('ConfigMap', withKeys(one), keysOfConfigMap(one.name)),
      ),
      ...podFaults(resource, find),
      ...selectorFaults(resource, resources),
      ...targetFaults(resource, resources, find),
    ].map((fault) => `${labelOf(resource)}: ${fault}`),
  );
}

const withKeys = ({ name, key, items }) => ({
  name,
  keys: [...(key ? [key] : []), ...(items ?? []).map((item) => item.key)],
});

function secretReferences(pod) {
  if (!pod) return [];
  const containers = [...(pod.initContainers ?? []), ...pod.containers];
  return [
    ...(pod.volumes ?? []).flatMap(({ secret, projected }) => [
      ...(secret ? [withKeys({ name: secret.secretName, items: secret.items })] : []),
      ...(projected?.sources ?? []).flatMap((source) => (source.secret ? [withKeys(source.secret)] : [])),
    ]),
    ...containers.flatMap(({ env = [], envFrom = [] }) => [
      ...env.flatMap(({ valueFrom }) => (valueFrom?.secretKeyRef ? [withKeys(valueFrom.secretKeyRef)] : [])),
      ...envFrom.flatMap(({ secretRef }) => (secretRef ? [withKeys(secretRef)] : [])),
    ]),
  ];
}

function missing(kind, { name, keys }, known) {
  if (!known) return [`names the ${kind} ${name}, which is nowhere`];
  return keys.filter((key) => !known.includes(key)).map((key) => `wants ${key} of the ${kind} ${name}, which has none`);
}

function podFaults(resource, find) {
  const pod = podSpecOf(resource);
  if (!pod) return [];
  const claims = (resource.spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata.name);
  const volumes = [...(pod.volumes ?? []).map(({ name }) => name), ...claims];
  const mounted = containersOf(resource).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name));
  return [
    ...(find('ServiceAccount', pod.serviceAccountName)
      ? []
      : [`runs as ${pod.serviceAccountName}, a ServiceAccount that is nowhere`]),
    ...mounted.filter((name) => !volumes.includes(name)).map((name) => `mounts ${name}, which is no volume`),
    ...volumes.filter((name) => !mounted.includes(name)).map((name) => `has the volume ${name}, which nothing mounts`),
    ...(pod.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) =>
      claim && !find('PersistentVolumeClaim', claim.claimName) ? [`claims ${claim.claimName}, which is nowhere`] : [],
    ),
    ...containersOf(resource).flatMap(({ name, ports = [], ...container }) =>
      ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((probe) => {
        const port = container[probe]?.httpGet?.port ?? container[probe]?.tcpSocket?.port;
        return port === undefined || hasPort(ports, port)
          ? []
          : [`container ${name} is asked at port ${port}, which it does not open`];
      }),
    ),
  ];
}

const hasPort = (ports, wanted) => ports.some(({ name, containerPort }) => name === wanted || containerPort === wanted);
const podsOf = (resources, selector) =>
  resources.filter((one) => podTemplateOf(one) && selects(selector, podTemplateOf(one).metadata?.labels));

function selectorFaults({ kind, spec }, resources) {
  switch (kind) {
    case 'Deployment':
    case 'StatefulSet':
      return selects(spec.selector, spec.template.metadata.labels) ? [] : ['does not select its own pods'];
    case 'PodDisruptionBudget':
    case 'PodMonitor':
      return podsOf(resources, spec.selector).length > 0 ? [] : ['selects no pod'];
    case 'NetworkPolicy':
      return podsOf(resources, spec.podSelector).length > 0 ? [] : ['selects no pod'];
    case 'ServiceMonitor': {
      const services = resources.filter((one) => one.kind === 'Service' && selects(spec.selector, one.metadata.labels));
      if (services.length === 0) return ['selects no Service'];
      return spec.endpoints.flatMap(({ port }) =>
        services.every((one) => one.spec.ports.some(({ name }) => name === port))
          ? []
          : [`asks at port ${port}, which not every Service has`],
      );
    }
    default:
      return [];
  }
}

function targetFaults({ kind, spec }, resources, find) {
  switch (kind) {
    case 'Service': {
      const pods = podsOf(resources, { matchLabels: spec.selector });
      if (pods.length !== 1) return [`selects the pods of ${pods.length} workloads`];
      return spec.ports.flatMap(({ targetPort }) =>
        containersOf(pods[0]).some(({ ports = [] }) => hasPort(ports, targetPort))
          ? []
          : [`leads to port ${targetPort}, which nothing opens`],
      );
    }
    case 'StatefulSet': {
      const service = find('Service', spec.serviceName);
      return service?.spec.clusterIP === 'None'
        ? []
        : [`names the headless Service ${spec.serviceName}, which is nowhere`];
    }
    case 'HorizontalPodAutoscaler': {
      const target = find(spec.scaleTargetRef.kind, spec.scaleTargetRef.name);
      if (!target) return [`scales ${spec.scaleTargetRef.name}, which is nowhere`];
      return [
        ...(target.spec.replicas === undefined
          ? []
          : [`scales ${spec.scaleTargetRef.name}, whose number of pods is fixed`]),
        ...spec.metrics.flatMap(({ containerResource, resource }) => [
          ...(containerResource && !containersOf(target).some(({ name }) => name === containerResource.container)
            ? [`measures the container ${containerResource.container}, which is not there`]
            : []),
          ...((containerResource ?? resource)?.name === 'memory'
            ? ['scales by memory, which Node does not give back']
            : []),
        ]),
      ];
    }
    case 'PodMonitor':
      return spec.podMetricsEndpoints.flatMap(({ port }) =>
        podsOf(resources, spec.selector).every((one) =>
          containersOf(one).some(({ ports = [] }) => hasPort(ports, port)),
        )
          ? []
          : [`asks at port ${port}, which not every pod opens`],
      );
    case 'Ingress':
      return spec.rules.flatMap(({ http }) =>
        http.paths.flatMap(({ backend: { service } }) => {
          const target = find('Service', service.name);
          const isThere = target?.spec.ports.some(
            ({ name, port }) => name === service.port.name || port === service.port.number,
          );
          return isThere
            ? []
            : [`leads to ${service.name}, port ${service.port.name ?? service.port.number}, which is nowhere`];
        }),
      );
    default:
      return [];
  }
}
