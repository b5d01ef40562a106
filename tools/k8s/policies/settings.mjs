import { containersOf, labelOf, podSpecOf, podTemplateOf, serviceOf } from '../pods.mjs';
import { bytes, cores } from './containers.mjs';
import { environmentOfContainer, gatewayFileOf } from './edges.mjs';

/** Variables of Kubernetes itself, from which others are put together. */
const OF_THE_POD = /^POD_(NAME|NAMESPACE|IP)$/;

/**
 * That each variable of our own services is a setting, that the end of a pod may take as long as the service needs, and that limits fit
 * what the settings ask for.
 *
 * @param {object[]} resources
 * @param {Record<string, string[]>} settings - names of all settings, by service
 */
export function settingFaults(resources, settings) {
  return resources.filter(podTemplateOf).flatMap((resource) =>
    containersOf(resource).flatMap((container) => {
      const service = serviceOf(container);
      if (!service) return [];
      const environment = environmentOfContainer(container, resources);
      const names = new Set([...Object.keys(environment), ...(container.env ?? []).map(({ name }) => name)]);
      const own = gatewayFileOf(resource, resources);
      const inFile = own ? JSON.stringify(own) : '';
      const unknown = [...names].filter(
        (name) =>
          !OF_THE_POD.test(name) &&
          !settings[service].includes(name) &&
          !settings[service].includes(name.replace(/_FILE$/, '')) &&
          !inFile.includes(`\${${name}}`),
      );
      return [
        ...unknown.map((name) => `sets ${name}, which is no setting of ${service}`),
        // A job is told what the service is told, and neither serves nor hashes.
        ...(resource.kind === 'Deployment' ? endFaults(resource, container, own) : []),
        ...(resource.kind === 'Deployment' ? hashingFaults(container, environment) : []),
      ].map((fault) => `${labelOf(resource)}: ${fault}`);
    }),
  );
}

/** Of every service: /ready says no for 5 s, then 10 s for requests in flight; the gateway's file says its own. Then 5 s of air. */
function endFaults(resource, { lifecycle }, gatewayFile) {
  const { delay = '5s', deadline = '10s' } = gatewayFile?.server.drain ?? {};
  const sleep = lifecycle?.preStop?.sleep?.seconds ?? 0;
  const least = sleep + Number.parseInt(delay, 10) + Number.parseInt(deadline, 10) + 5;
  const given = podSpecOf(resource).terminationGracePeriodSeconds ?? 30;
  return [
    ...(sleep >= 5 ? [] : ['ends while balancers still send it requests (preStop)']),
    ...(given >= least ? [] : [`is given ${given} s for its end and may need ${least} s`]),
  ];
}

/** One core for JavaScript, and one for each password hashed at a time; and the memory that a hash takes beside the heap. */
function hashingFaults({ resources: { limits = {} } = {} }, environment) {
  if (!('HASHING_CONCURRENCY' in environment)) return [];
  const atATime = Number(environment.HASHING_CONCURRENCY);
  const memory = atATime * Number(environment.ARGON2_MEMORY_KIB ?? 19_456) * 1024;
  return [
    ...(cores(limits.cpu) >= 1 + atATime
      ? []
      : [`hashes ${atATime} passwords at a time on ${limits.cpu ?? 'no'} cores`]),
    ...(bytes(limits.memory) >= memory + 256 * 1024 ** 2
      ? []
      : [`has too little memory to hash ${atATime} passwords at a time`]),
  ];
}
