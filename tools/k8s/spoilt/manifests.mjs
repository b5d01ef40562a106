import { containersOf } from '../pods.mjs';

// Where a rule is broken: what it is broken in, of rendered manifests.
export const find = (resources, kind, name) => resources.find((one) => one.kind === kind && one.metadata.name === name);
export const auth = (resources) => find(resources, 'Deployment', 'auth-service');
export const container = (resources) => containersOf(auth(resources))[0];
export const drop = (resources, kind, name) =>
  resources.splice(resources.indexOf(find(resources, kind, name)), 1).length === 1;
export const set = (change) => (resources) => {
  change(resources);
  return true;
};
export const policy = (resources, name) => find(resources, 'NetworkPolicy', name).spec;
