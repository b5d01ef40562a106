import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { containersOf, labelOf, podSpecOf, serviceOf } from './pods.mjs';
import { environmentOfContainer } from './policies/edges.mjs';
import { GIVEN, newSecrets, TRUST_ANCHOR } from './secrets.mjs';

const SCHEMAS = {
  auth: ['apps/auth/dist/config/auth.config.js', 'authConfig'],
  orders: ['apps/orders/dist/config/orders.config.js', 'ordersConfig'],
  gateway: ['apps/gateway/dist/config/gateway.config.js', 'gatewayConfig'],
};

/** The built services, as far as their settings go. */
export class Services {
  #top;

  constructor(top) {
    this.#top = top;
  }

  /** @returns {Promise<Record<string, string[]>>} names of all settings, by service */
  async settings() {
    const found = Object.keys(SCHEMAS).map(async (service) => [
      service,
      Object.keys((await this.#schema(service)).fields),
    ]);
    return Object.fromEntries(await Promise.all(found));
  }

  /**
   * What the services themselves say about the environment and the files that rendered manifests would start them with.
   *
   * @param {object[]} resources
   * @returns {Promise<string[]>} faults, without values
   */
  async refusals(resources) {
    const folder = mkdtempSync(join(tmpdir(), 'gatehouse-pods-'));
    try {
      // Whatever is given the settings of a service: the service, and jobs that run with them.
      const told = resources.filter((one) => containersOf(one).some(({ envFrom }) => envFrom));
      const said = told.map(async (resource) => {
        const [container] = containersOf(resource);
        const service = serviceOf(container);
        const env = pretend(resource, container, resources, join(folder, resource.metadata.name));
        const faults = service === 'gateway' ? await this.#askGateway(env) : await this.#ask(service, env);
        return faults.map((fault) => `${labelOf(resource)}: ${fault}`);
      });
      return (await Promise.all(said)).flat();
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  async #ask(service, env) {
    const { loadConfig } = await this.#module('libs/config/dist/index.js');
    try {
      loadConfig(await this.#schema(service), env);
      return [];
    } catch (error) {
      return error.faults ?? [error.message];
    }
  }

  async #askGateway(env) {
    const { examineGateway } = await this.#module('apps/gateway/dist/config/load-gateway-settings.js');
    return examineGateway(env).faults.map(({ path, message }) => `${path.join('.')} ${message}`);
  }

  async #schema(service) {
    const [path, name] = SCHEMAS[service];
    return (await this.#module(path))[name];
  }

  #module(path) {
    return import(pathToFileURL(join(this.#top, path)).href);
  }
}

/** The environment of a container on this machine: what it mounts lies in `folder`, with made-up secrets. */
function pretend(resource, container, resources, folder) {
  const { secrets, trustAnchor } = newSecrets();
  const given = Object.fromEntries(
    Object.entries(GIVEN).map(([name, keys]) => [name, Object.fromEntries(keys.map((key) => [key, `given-${key}`]))]),
  );
  const here = (path) => join(folder, path);
  const write = (path, text) => {
    mkdirSync(dirname(here(path)), { recursive: true });
    writeFileSync(here(path), text.replaceAll('file:/run/', `file:${here('/run/')}`), { mode: 0o600 });
  };
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const { secret, projected, configMap } = podSpecOf(resource).volumes.find((volume) => volume.name === name) ?? {};
    const sources = secret
      ? [{ name: secret.secretName, items: secret.items }]
      : (projected?.sources ?? []).map((source) => source.secret);
    for (const source of sources) {
      for (const { key, path } of source.items)
        write(join(mountPath, path), { ...secrets, ...given }[source.name][key]);
    }
    const data =
      configMap && resources.find((one) => one.kind === 'ConfigMap' && one.metadata.name === configMap.name).data;
    for (const [file, text] of Object.entries(data ?? {})) write(join(mountPath, file), text);
  }
  const told = { ...environmentOfContainer(container, resources), ...named(container, trustAnchor) };
  return Object.fromEntries(
    Object.entries(told).map(([name, value]) => [
      name,
      /^\/(run|etc)\//.test(value) ? here(value) : value.replaceAll(/\$\((\w+)\)/g, (_, used) => told[used]),
    ]),
  );
}

function named({ env = [] }, trustAnchor) {
  return Object.fromEntries(
    env.flatMap(({ name, valueFrom }) => {
      if (valueFrom?.configMapKeyRef?.name === TRUST_ANCHOR.name) return [[name, trustAnchor]];
      return valueFrom?.fieldRef ? [[name, 'sample']] : [];
    }),
  );
}
