import { availabilityFaults } from './policies/availability.mjs';
import { containerFaults, namespaceFaults } from './policies/containers.mjs';
import { ingressFaults } from './policies/ingress.mjs';
import { networkFaults } from './policies/network.mjs';
import { referenceFaults } from './policies/references.mjs';
import { secretFaults } from './policies/secrets.mjs';
import { settingFaults } from './policies/settings.mjs';
import { storeFaults } from './policies/stores.mjs';
import { schemaCheck } from './schemas.mjs';
import { GIVEN, newSecrets, TRUST_ANCHOR } from './secrets.mjs';

/**
 * All that is wrong with rendered manifests, in sentences.
 *
 * @param {object[]} resources
 * @param {{ load: NodeJS.Require, settings: Record<string, string[]> }} context - `load` finds kubernetes-models
 * @returns {string[]} empty when they are sound
 */
export function faultsOf(resources, { load, settings }) {
  const broken = resources.flatMap(schemaCheck(load));
  // What has not the form of a resource cannot be asked for more.
  if (broken.length > 0) return broken;
  const { secrets } = newSecrets();
  const keys = Object.fromEntries(Object.entries(secrets).map(([name, values]) => [name, Object.keys(values)]));
  return [
    ...namespaceFaults(resources),
    ...containerFaults(resources),
    ...availabilityFaults(resources),
    ...referenceFaults(resources, { ...keys, ...GIVEN }, { [TRUST_ANCHOR.name]: [TRUST_ANCHOR.key] }),
    ...secretFaults(resources),
    ...networkFaults(resources, secrets),
    ...ingressFaults(resources),
    ...storeFaults(resources),
    ...settingFaults(resources, settings),
  ];
}
