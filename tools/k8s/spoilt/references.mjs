import { podSpecOf } from '../pods.mjs';
import { auth, container, drop, find, set } from './manifests.mjs';

export const REFERENCES = [
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
