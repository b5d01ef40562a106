import { podSpecOf } from '../pods.mjs';
import { auth, drop, find, set } from './manifests.mjs';

const config = (resources, file) => resources.find(({ kind, data }) => kind === 'ConfigMap' && data[file]);
const rewrite = (file, from, to) => (resources) => {
  const { data } = config(resources, file);
  const before = data[file];
  data[file] = before.replace(from, to);
  return data[file] !== before;
};

export const AVAILABILITY = [
  [
    'a rollout that takes pods away first (M17)',
    set((all) => {
      auth(all).spec.strategy.rollingUpdate.maxUnavailable = 1;
    }),
    'Deployment auth-service: has fewer pods while they are replaced',
  ],
  [
    'a rollout that says nothing of it (M17)',
    (all) => delete find(all, 'Deployment', 'orders').spec.strategy,
    'Deployment orders: has fewer pods while they are replaced',
  ],
  [
    'pods that may all be on one node (M17)',
    (all) => delete podSpecOf(find(all, 'StatefulSet', 'redis-sentinel')).topologySpreadConstraints,
    'StatefulSet redis-sentinel: may have all its pods on one node',
  ],
  [
    'pods that are spread by the labels of others (M17)',
    set((all) => {
      podSpecOf(auth(all)).topologySpreadConstraints[0].labelSelector.matchLabels.app = 'orders';
    }),
    'Deployment auth-service: may have all its pods on one node',
  ],
  [
    'pods that are all drained at once (M17, R217)',
    (all) => drop(all, 'PodDisruptionBudget', 'gateway'),
    'Deployment gateway: may lose all its pods',
  ],
  [
    'a service that stays at one pod (R178)',
    (all) => drop(all, 'HorizontalPodAutoscaler', 'gateway-hpa'),
    'Deployment gateway: has one pod',
  ],
  [
    'a namespace that lets in pods of any kind (M17)',
    (all) => delete find(all, 'Namespace', 'gatehouse').metadata.labels['pod-security.kubernetes.io/enforce'],
    'Namespace gatehouse: lets in pods of any kind',
  ],
  [
    'a MySQL that acknowledges what it may lose (R211)',
    rewrite('my.cnf', 'innodb_flush_log_at_trx_commit = 1', 'innodb_flush_log_at_trx_commit = 2'),
    'acknowledges what is not on disk',
  ],
  [
    'a binlog that may be behind (R211)',
    rewrite('my.cnf', 'sync_binlog = 1', 'sync_binlog = 0'),
    'acknowledges what is not in the binlog on disk',
  ],
  [
    'a binlog that goes with its pod (R211)',
    rewrite('my.cnf', '/var/lib/mysql-binlog/binlog', '/tmp/binlog'),
    'StatefulSet mysql: keeps no changes since the last dump',
  ],
];
