import { podSpecOf } from '../pods.mjs';
import { auth, container, find, set } from './manifests.mjs';

const ingress = (resources) => find(resources, 'Ingress', 'gatehouse');
const secretsOf = (workload) => podSpecOf(workload).volumes.find(({ name }) => name === 'secrets').projected.sources;

export const DOORS = [
  [
    'a door without TLS (M12)',
    set((all) => {
      ingress(all).metadata.annotations['nginx.ingress.kubernetes.io/ssl-redirect'] = 'false';
    }),
    'Ingress gatehouse: answers without TLS',
  ],
  [
    'a name without a certificate (M11)',
    (all) => ingress(all).spec.tls[0].hosts.pop(),
    'has no certificate for auth.example.com',
  ],
  [
    'a door to everything of the auth service',
    set((all) => {
      ingress(all).spec.rules[1].http.paths[0].path = '/api';
    }),
    'opens /api/v1/internal of auth.example.com to the world',
  ],
  [
    'a door to figures',
    set((all) => {
      ingress(all).spec.rules[1].http.paths[0].path = '/';
    }),
    'opens /metrics of auth.example.com to the world',
  ],
  [
    'requests that are sent twice',
    set((all) => {
      ingress(all).metadata.annotations['nginx.ingress.kubernetes.io/proxy-next-upstream'] += ' non_idempotent';
    }),
    'asks a second pod what the first may have done',
  ],
  [
    'the password of another account at Redis (M8)',
    set((all) => {
      secretsOf(auth(all))[1].secret.items[0].key = 'redis-orders-password';
    }),
    'Deployment auth-service: is gatehouse-auth at Redis, with the secret redis-orders-password',
  ],
  [
    'the password of another account at MySQL (M15)',
    set((all) => {
      secretsOf(auth(all))[2].secret.items[0].key = 'mysql-root-password';
    }),
    'Deployment auth-service: is gatehouse-auth at MySQL, with the secret mysql-root-password',
  ],
  [
    'an account without its password (M15)',
    set((all) => {
      secretsOf(auth(all))[2].secret.items[0].path = 'password';
    }),
    'is gatehouse-auth at MySQL, and has no password of it',
  ],
  [
    'a secret that nobody needs (M6)',
    set((all) => {
      secretsOf(find(all, 'Deployment', 'gateway')).push({
        secret: { name: 'auth-secrets', items: [{ key: 'root-signing-key', path: 'root-signing-key' }] },
      });
    }),
    'Deployment gateway: is given the secret root-signing-key, for which it has no use',
  ],
  [
    'a migration that has the everyday password (M15)',
    set((all) => {
      podSpecOf(find(all, 'Job', 'auth-migrate')).volumes[0].secret.items[0].key = 'mysql-auth-password';
    }),
    'Job auth-migrate: is gatehouse-migrate at MySQL, with the secret mysql-auth-password',
  ],
  [
    'a file of settings that names another account',
    set((all) => {
      container(all).env.push({ name: 'REDIS_USERNAME', value: 'gatehouse-gateway' });
    }),
    'is gatehouse-gateway at Redis, with the secret redis-auth-password',
  ],
];
