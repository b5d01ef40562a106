import { podSpecOf } from '../pods.mjs';
import { auth, container, set } from './manifests.mjs';

export const CONTAINERS = [
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
