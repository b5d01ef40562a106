import { labelOf, podTemplateOf, containersOf, selects, serviceOf } from '../pods.mjs';

const NGINX = 'nginx.ingress.kubernetes.io';
/** What services say to the inside. The gateway refuses the same by itself, whatever leads to it. */
const INSIDE = ['/api/v1/internal', '/metrics', '/docs', '/ready'];

/** That the world comes in over TLS, and to nothing that is for the inside. */
export function ingressFaults(resources) {
  return resources
    .filter(({ kind }) => kind === 'Ingress')
    .flatMap((ingress) => {
      const { metadata, spec } = ingress;
      const saying = (name) => metadata.annotations?.[`${NGINX}/${name}`];
      const secured = (spec.tls ?? []).flatMap(({ hosts }) => hosts);
      return [
        ...['ssl-redirect', 'force-ssl-redirect']
          .filter((name) => saying(name) !== 'true')
          .map((name) => `answers without TLS (${name})`),
        ...spec.rules.filter(({ host }) => !secured.includes(host)).map(({ host }) => `has no certificate for ${host}`),
        ...spec.rules.flatMap(({ host, http }) => openedFaults(host, http.paths, resources)),
        ...(/non_idempotent|http_5/.test(saying('proxy-next-upstream') ?? 'http_5')
          ? ['asks a second pod what the first may have done (proxy-next-upstream)']
          : []),
      ].map((fault) => `${labelOf(ingress)}: ${fault}`);
    });
}

function openedFaults(host, paths, resources) {
  return paths
    .filter(({ backend }) => !leadsToGateway(backend.service.name, resources))
    .flatMap(({ path }) =>
      INSIDE.filter((inside) => covers(path, inside)).map((inside) => `opens ${inside} of ${host} to the world`),
    );
}

/** A `Prefix` goes by whole parts of a path. */
const covers = (prefix, path) => path === prefix || path.startsWith(prefix.endsWith('/') ? prefix : `${prefix}/`);

function leadsToGateway(name, resources) {
  const selector = resources.find((one) => one.kind === 'Service' && one.metadata.name === name)?.spec.selector;
  const behind = resources.find(
    (one) => selector && podTemplateOf(one) && selects({ matchLabels: selector }, podTemplateOf(one).metadata.labels),
  );
  return behind !== undefined && containersOf(behind).some((one) => serviceOf(one) === 'gateway');
}
