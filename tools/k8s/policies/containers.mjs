import { containersOf, labelOf, podSpecOf, podTemplateOf, serviceOf } from '../pods.mjs';

const SERVERS = new Set(['Deployment', 'StatefulSet', 'DaemonSet']);
const ENFORCE = 'pod-security.kubernetes.io/enforce';

/** That the cluster itself refuses a pod of another kind. */
export function namespaceFaults(resources) {
  return resources
    .filter(({ kind, metadata }) => kind === 'Namespace' && metadata.labels?.[ENFORCE] !== 'restricted')
    .map((namespace) => `${labelOf(namespace)}: lets in pods of any kind (${ENFORCE})`);
}

/** What each container must be: of a known version, bounded, watched, and of the kind that `restricted` Pod Security lets in. */
export function containerFaults(resources) {
  return resources.filter(podTemplateOf).flatMap((resource) => {
    const pod = podSpecOf(resource);
    return [
      ...podFaults(pod),
      ...containersOf(resource).flatMap((container) =>
        [
          ...imageFaults(container),
          ...resourceFaults(container),
          ...securityFaults(container, pod),
          ...environmentFaults(container),
          ...(SERVERS.has(resource.kind) ? probeFaults(container) : []),
        ].map((fault) => `container ${container.name} ${fault}`),
      ),
    ].map((fault) => `${labelOf(resource)}: ${fault}`);
  });
}

function podFaults(pod) {
  const writable = (pod.volumes ?? []).filter(
    ({ emptyDir }) => emptyDir !== undefined && emptyDir.sizeLimit === undefined,
  );
  return [
    pod.automountServiceAccountToken !== false && 'hands its pods a token of the API (automountServiceAccountToken)',
    !pod.serviceAccountName && 'has no ServiceAccount of its own',
    pod.enableServiceLinks !== false &&
      'gets variables named after every Service, REDIS_PORT among them (enableServiceLinks)',
    (pod.hostNetwork || pod.hostPID || pod.hostIPC) && 'shares a namespace of its node',
    (pod.volumes ?? []).some(({ hostPath }) => hostPath) && 'mounts a folder of its node',
    pod.terminationGracePeriodSeconds === undefined &&
      pod.restartPolicy === undefined &&
      'does not say how long its end may take',
    ...writable.map(({ name }) => `volume ${name} may fill the disk of the node (sizeLimit)`),
  ].filter(Boolean);
}

function imageFaults({ image = '' }) {
  const isPinned = /@sha256:[0-9a-f]{64}$/.test(image) || /:v?\d+(\.\d+)+[\w.-]*$/.test(image);
  return isPinned ? [] : [`runs ${image}, which is no exact version`];
}

function resourceFaults({ resources: { requests = {}, limits = {} } = {}, env = [] }) {
  return [
    !requests.cpu && 'requests no processor time',
    !requests.memory && 'requests no memory',
    !limits.memory && 'has no memory limit',
    !limits.cpu && 'has no processor limit',
    bytes(requests.memory) > bytes(limits.memory) && 'requests more memory than its limit',
    cores(requests.cpu) > cores(limits.cpu) && 'requests more processor time than its limit',
  ].filter(Boolean);
}

/** Pod Security Standards, `restricted`; and a root file system nobody writes to, which they do not ask for. */
function securityFaults({ securityContext: own = {}, ports = [] }, { securityContext: ofPod = {} }) {
  const either = (name) => own[name] ?? ofPod[name];
  const { add = [], drop = [] } = own.capabilities ?? {};
  return [
    either('runAsNonRoot') !== true && 'may run as root',
    either('runAsUser') === 0 && 'runs as root',
    own.privileged === true && 'is privileged',
    own.allowPrivilegeEscalation !== false && 'may gain privileges',
    own.readOnlyRootFilesystem !== true && 'may write to its root file system',
    !drop.includes('ALL') && 'keeps capabilities',
    add.length > 0 && 'adds capabilities',
    !['RuntimeDefault', 'Localhost'].includes(either('seccompProfile')?.type) && 'runs without seccomp',
    ports.some(({ hostPort }) => hostPort) && 'takes a port of its node',
  ].filter(Boolean);
}

function probeFaults({ image, readinessProbe, livenessProbe }) {
  const isOurs = serviceOf({ image }) !== undefined;
  return [
    !readinessProbe && 'has no readiness probe',
    !livenessProbe && 'has no liveness probe',
    isOurs &&
      livenessProbe?.httpGet?.path !== '/health' &&
      'is restarted when something else is away (liveness does not ask /health)',
    isOurs &&
      readinessProbe?.httpGet?.path !== '/ready' &&
      'takes requests before it can answer them (readiness does not ask /ready)',
  ].filter(Boolean);
}

/** `$(NAME)` is filled in only by what stands before it. */
function environmentFaults({ env = [] }) {
  return env.flatMap(({ name, value = '' }, index) =>
    [...value.matchAll(/\$\((\w+)\)/g)]
      .filter(([, used]) => !env.slice(0, index).some((other) => other.name === used))
      .map(([, used]) => `sets ${name} with $(${used}), which does not stand before it`),
  );
}

export function bytes(quantity) {
  const [, number = '0', unit = ''] = /^(\d+(?:\.\d+)?)(\w*)$/.exec(String(quantity ?? '0')) ?? [];
  return Number(number) * ({ Ki: 1024, Mi: 1024 ** 2, Gi: 1024 ** 3, k: 1e3, M: 1e6, G: 1e9 }[unit] ?? 1);
}

export function cores(quantity) {
  const text = String(quantity ?? '0');
  return text.endsWith('m') ? Number(text.slice(0, -1)) / 1000 : Number(text);
}
