// Manifests made wrong, each in one way: what each rule must see. `[what, spoil(resources), what is said of it]`.
import { containersOf, podSpecOf } from './pods.mjs';

const find = (resources, kind, name) => resources.find((one) => one.kind === kind && one.metadata.name === name);
const auth = (resources) => find(resources, 'Deployment', 'auth-service');
const container = (resources) => containersOf(auth(resources))[0];
const drop = (resources, kind, name) =>
  resources.splice(resources.indexOf(find(resources, kind, name)), 1).length === 1;
const set = (change) => (resources) => {
  change(resources);
  return true;
};
const policy = (resources, name) => find(resources, 'NetworkPolicy', name).spec;

const SCHEMA = [
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

const CONTAINERS = [
  [
    'an image without a version (M17)',
    set((all) => {
      container(all).image = 'gatehouse/auth';
    }),
    'is no exact version',
  ],
  [
    'the image that is newest (M17)',
    set((all) => {
      container(all).image = 'gatehouse/auth:latest';
    }),
    'is no exact version',
  ],
  ['a container without a memory limit', (all) => delete container(all).resources.limits.memory, 'has no memory limit'],
  [
    'a container without a processor limit',
    (all) => delete container(all).resources.limits.cpu,
    'has no processor limit',
  ],
  ['a container that requests nothing', (all) => delete container(all).resources.requests, 'requests no memory'],
  [
    'more requested than allowed',
    set((all) => {
      container(all).resources.requests.memory = '2Gi';
    }),
    'requests more memory than its limit',
  ],
  [
    'a container that may run as root',
    set((all) => {
      podSpecOf(auth(all)).securityContext.runAsNonRoot = false;
    }),
    'may run as root',
  ],
  [
    'a container that may gain privileges',
    (all) => delete container(all).securityContext.allowPrivilegeEscalation,
    'may gain privileges',
  ],
  [
    'a root file system that can be written',
    set((all) => {
      container(all).securityContext.readOnlyRootFilesystem = false;
    }),
    'may write to its root file system',
  ],
  ['capabilities that are kept', (all) => delete container(all).securityContext.capabilities, 'keeps capabilities'],
  [
    'a container without seccomp',
    (all) => delete podSpecOf(auth(all)).securityContext.seccompProfile,
    'runs without seccomp',
  ],
  [
    'a privileged container',
    set((all) => {
      container(all).securityContext.privileged = true;
    }),
    'is privileged',
  ],
  [
    'a folder of the node',
    set((all) => {
      podSpecOf(auth(all)).volumes[0] = { name: 'tmp', hostPath: { path: '/' } };
    }),
    'mounts a folder of its node',
  ],
  [
    'a token of the API',
    (all) => delete podSpecOf(auth(all)).automountServiceAccountToken,
    'hands its pods a token of the API',
  ],
  [
    'variables named after Services',
    (all) => delete podSpecOf(auth(all)).enableServiceLinks,
    'gets variables named after every Service',
  ],
  [
    'a disk that is never full',
    set((all) => {
      podSpecOf(auth(all)).volumes[0].emptyDir = {};
    }),
    'may fill the disk of the node',
  ],
  ['a container without a readiness probe', (all) => delete container(all).readinessProbe, 'has no readiness probe'],
  ['a container without a liveness probe', (all) => delete container(all).livenessProbe, 'has no liveness probe'],
  [
    'liveness that hangs on Redis (X5)',
    set((all) => {
      container(all).livenessProbe.httpGet.path = '/ready';
    }),
    'is restarted when something else is away',
  ],
  [
    'readiness that knows nothing (X5)',
    set((all) => {
      container(all).readinessProbe.httpGet.path = '/health';
    }),
    'before it can answer them',
  ],
  [
    'a variable put together of one that follows',
    set((all) => {
      container(all).env.reverse();
    }),
    'does not stand before it',
  ],
];

const REFERENCES = [
  [
    'a Secret that is nowhere',
    set((all) => {
      podSpecOf(auth(all)).volumes[1].projected.sources[0].secret.name = 'auth-secret';
    }),
    'names the Secret auth-secret',
  ],
  [
    'a key that a Secret has not',
    set((all) => {
      podSpecOf(auth(all)).volumes[1].projected.sources[0].secret.items[0].key = 'jwt';
    }),
    'wants jwt of the Secret auth-secrets',
  ],
  [
    'a ConfigMap that is nowhere',
    set((all) => {
      container(all).envFrom[0].configMapRef.name = 'settings';
    }),
    'names the ConfigMap settings',
  ],
  [
    'an account that is nowhere',
    (all) => drop(all, 'ServiceAccount', 'auth-service'),
    'a ServiceAccount that is nowhere',
  ],
  [
    'a volume that is none',
    set((all) => {
      container(all).volumeMounts[0].name = 'secret';
    }),
    'mounts secret, which is no volume',
  ],
  ['a claim that is nowhere', (all) => drop(all, 'PersistentVolumeClaim', 'mysql-backups'), 'claims mysql-backups'],
  [
    'a probe at a port that is closed',
    set((all) => {
      container(all).livenessProbe.httpGet.port = 'web';
    }),
    'is asked at port web',
  ],
  [
    'a Service without pods',
    set((all) => {
      find(all, 'Service', 'orders').spec.selector.app = 'order';
    }),
    'Service orders: selects the pods of 0 workloads',
  ],
  [
    'a Service that leads to a closed port',
    set((all) => {
      find(all, 'Service', 'orders').spec.ports[0].targetPort = 9;
    }),
    'leads to port 9',
  ],
  [
    'a StatefulSet without its headless Service (M16)',
    (all) => drop(all, 'Service', 'redis'),
    'names the headless Service redis',
  ],
  [
    'a Service that balances over servers of Redis (M2)',
    (all) => delete find(all, 'Service', 'redis').spec.clusterIP,
    'names the headless Service redis',
  ],
  [
    'an Ingress that leads nowhere',
    set((all) => {
      find(all, 'Ingress', 'gatehouse').spec.rules[0].http.paths[0].backend.service.port.name = 'web';
    }),
    'leads to gateway, port web',
  ],
  [
    'an autoscaler of nothing',
    set((all) => {
      find(all, 'HorizontalPodAutoscaler', 'orders-hpa').spec.scaleTargetRef.name = 'order';
    }),
    'scales order, which is nowhere',
  ],
  [
    'an autoscaler of a container that is not there',
    set((all) => {
      find(all, 'HorizontalPodAutoscaler', 'orders-hpa').spec.metrics[0].containerResource.container = 'app';
    }),
    'measures the container app',
  ],
  [
    'an autoscaler by memory (M32)',
    set((all) => {
      find(all, 'HorizontalPodAutoscaler', 'orders-hpa').spec.metrics[0].containerResource.name = 'memory';
    }),
    'scales by memory',
  ],
  [
    'an autoscaler that each rollout undoes',
    set((all) => {
      auth(all).spec.replicas = 3;
    }),
    'whose number of pods is fixed',
  ],
  [
    'a disruption budget of nothing',
    set((all) => {
      find(all, 'PodDisruptionBudget', 'redis').spec.selector.matchLabels.app = 'cache';
    }),
    'PodDisruptionBudget redis: selects no pod',
  ],
  [
    'a monitor at a port that is closed',
    set((all) => {
      find(all, 'PodMonitor', 'gatehouse-stores').spec.podMetricsEndpoints[0].port = 'web';
    }),
    'asks at port web',
  ],
];

const NETWORK = [
  [
    'a network open by default (M10)',
    (all) => drop(all, 'NetworkPolicy', 'default-deny'),
    'no policy denies by default',
  ],
  [
    'names that do not resolve (M10)',
    (all) => drop(all, 'NetworkPolicy', 'names'),
    'Deployment auth-service may not ask the DNS',
  ],
  [
    'names that resolve only over UDP (M10)',
    (all) => policy(all, 'names').egress[0].ports.pop(),
    'may not ask the DNS',
  ],
  [
    'Prometheus that is not let in (M10)',
    (all) => drop(all, 'NetworkPolicy', 'prometheus'),
    'Deployment orders: Prometheus is not let in',
  ],
  [
    'an ingress controller in a namespace that is not named (M10)',
    (all) => delete policy(all, 'auth-service-network-policy').ingress[0].from[0].namespaceSelector,
    'Deployment auth-service: the ingress controller is not let in',
  ],
  [
    'a service that may not go to MySQL',
    (all) => policy(all, 'auth-service-network-policy').egress.pop(),
    'Deployment auth-service → StatefulSet mysql, port 3306: may not go out',
  ],
  [
    'a service that MySQL does not let in',
    (all) => policy(all, 'mysql').ingress[0].from[0].podSelector.matchExpressions[0].values.shift(),
    'Deployment auth-service → StatefulSet mysql, port 3306: is not let in',
  ],
  [
    'a service that finds the Sentinels and not Redis',
    (all) => policy(all, 'orders').egress.shift(),
    'Deployment orders → StatefulSet redis, port 6379: may not go out',
  ],
  [
    'a gateway that may not go to what is behind it',
    (all) => policy(all, 'gateway').egress.splice(1, 1),
    'Deployment gateway → Deployment orders, port 8081: may not go out',
  ],
  [
    'a gateway that cannot reach Entra (M10)',
    (all) => policy(all, 'gateway').egress.pop(),
    'Deployment gateway → the world outside, port 443: may not go out',
  ],
  [
    'passwords that cannot be held against known breaches (M10)',
    (all) => drop(all, 'NetworkPolicy', 'auth-service-outside'),
    'Deployment auth-service → the world outside, port 443: may not go out',
  ],
  [
    'a mail server that is not reached (M10)',
    set((all) => {
      container(all).env.push({ name: 'SMTP_HOST', value: 'mail.example.com' }, { name: 'SMTP_PORT', value: '25' });
    }),
    'the world outside, port 25: may not go out',
  ],
  [
    'replicas that do not reach their primary',
    (all) => policy(all, 'redis').egress.shift(),
    'StatefulSet redis → StatefulSet redis, port 6379: may not go out',
  ],
  [
    'Redis open to who has no need of it',
    set((all) => {
      policy(all, 'redis').ingress[0].from[0].podSelector.matchExpressions[0].values.push('mysql');
    }),
    'StatefulSet redis: lets StatefulSet mysql in at port 6379',
  ],
  [
    'an auth service that every service may call',
    set((all) => {
      policy(all, 'auth-service-network-policy').ingress[0].from.push({ podSelector: {} });
    }),
    'Deployment auth-service: lets Deployment orders in at port 8080',
  ],
  [
    'a policy for nobody',
    set((all) => {
      policy(all, 'gateway').podSelector.matchLabels.app = 'peg';
    }),
    'NetworkPolicy gateway: selects no pod',
  ],
];

const SETTINGS = [
  [
    'a variable that is no setting',
    set((all) => {
      container(all).env.push({ name: 'JWT_EXPIRY', value: '1h' });
    }),
    'sets JWT_EXPIRY, which is no setting of auth',
  ],
  [
    'a password without its file',
    set((all) => {
      container(all).env.push({ name: 'PORT_FILE_FILE', value: 'x' });
    }),
    'sets PORT_FILE_FILE',
  ],
  [
    'an end that is cut short',
    set((all) => {
      podSpecOf(auth(all)).terminationGracePeriodSeconds = 20;
    }),
    'is given 20 s for its end and may need 25 s',
  ],
  [
    'a gateway whose streams are cut off',
    set((all) => {
      podSpecOf(find(all, 'Deployment', 'gateway')).terminationGracePeriodSeconds = 30;
    }),
    'is given 30 s for its end and may need 45 s',
  ],
  [
    'an end that balancers hear of too late (M17)',
    (all) => delete container(all).lifecycle,
    'ends while balancers still send it requests',
  ],
  [
    'hashing on too few cores (M32)',
    set((all) => {
      container(all).resources.limits.cpu = '500m';
    }),
    'hashes 1 passwords at a time on 500m cores',
  ],
  [
    'hashing in too little memory (X21)',
    set((all) => {
      container(all).resources.limits.memory = '256Mi';
    }),
    'has too little memory to hash',
  ],
];

export const SPOILT = [...SCHEMA, ...CONTAINERS, ...REFERENCES, ...NETWORK, ...SETTINGS];
