import { containersOf, labelOf, podSpecOf, podTemplateOf } from '../pods.mjs';
import { environmentOfContainer } from './edges.mjs';

/**
 * That whoever has an account has its password and not another's, and that nobody is given a secret without a use for it. Redis and MySQL
 * themselves, which make the accounts, are given all of theirs.
 */
export function secretFaults(resources) {
  return resources
    .filter(podTemplateOf)
    .filter(({ kind }) => kind !== 'StatefulSet')
    .flatMap((resource) =>
      containersOf(resource).flatMap((container) => {
        const environment = environmentOfContainer(container, resources);
        const files = secretFiles(container, podSpecOf(resource));
        const texts = [...Object.values(environment), ...(container.command ?? []), ...(container.args ?? [])];
        const said = [...texts, ...mountedTexts(container, podSpecOf(resource), resources)].join('\n');
        return [
          ...accountFaults('Redis', environment.REDIS_USERNAME, files.get(environment.REDIS_PASSWORD_FILE), 'redis'),
          ...accountFaults(
            'MySQL',
            environment.DB_USER,
            files.get(environment.DB_PASSWORD_FILE ?? environment.PASSWORD_FILE),
            'mysql',
          ),
          ...[...files]
            .filter(([path]) => !said.includes(path))
            .map(([, key]) => `is given the secret ${key}, for which it has no use`),
        ].map((fault) => `${labelOf(resource)}: ${fault}`);
      }),
    );
}

function accountFaults(store, account, key, prefix) {
  if (account === undefined) return [];
  const own = `${prefix}-${account.replace(/^gatehouse-/, '')}-password`;
  if (key === undefined) return [`is ${account} at ${store}, and has no password of it`];
  return key === own ? [] : [`is ${account} at ${store}, with the secret ${key}`];
}

/** Keys of Secrets by the path at which the container has them. */
function secretFiles({ volumeMounts = [] }, { volumes = [] }) {
  return new Map(
    volumeMounts.flatMap(({ name, mountPath }) => {
      const { secret, projected } = volumes.find((volume) => volume.name === name) ?? {};
      const sources = [secret, ...(projected?.sources ?? []).map((source) => source.secret)].filter(Boolean);
      return sources.flatMap(({ items = [] }) => items.map(({ key, path }) => [`${mountPath}/${path}`, key]));
    }),
  );
}

function mountedTexts({ volumeMounts = [] }, { volumes = [] }, resources) {
  return volumeMounts.flatMap((mount) => {
    const { configMap } = volumes.find(({ name }) => name === mount.name) ?? {};
    const map = resources.find((one) => one.kind === 'ConfigMap' && one.metadata.name === configMap?.name);
    return Object.values(map?.data ?? {});
  });
}
