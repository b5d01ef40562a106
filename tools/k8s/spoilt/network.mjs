import { container, drop, policy, set } from './manifests.mjs';

export const NETWORK = [
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
  [
    'traces that do not reach their collector (M10)',
    set((all) => {
      container(all).env.push({ name: 'OTEL_EXPORTER_OTLP_ENDPOINT', value: 'http://tempo.monitoring:4318' });
    }),
    'Deployment auth-service: its traces may not go to tempo.monitoring',
  ],
  [
    'traces to the collector while no policy lets them out (M10)',
    (all) => {
      container(all).env.push({
        name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
        value: 'http://opentelemetry-collector.monitoring:4318',
      });
      return drop(all, 'NetworkPolicy', 'traces');
    },
    'its traces may not go to opentelemetry-collector.monitoring',
  ],
];
