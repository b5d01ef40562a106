import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hasItsOwnSecrets } from './accounts-policy.mjs';
import { lastingFaults } from './lasting-policy.mjs';

/**
 * One Compose file over another, as far as these files go: maps are merged, lists appended (mounts by their target), `!override` replaces.
 *
 * @param {object} base @param {object} over
 */
export function merged(base, over) {
  if (Array.isArray(base) && Array.isArray(over)) {
    if (over.isOverride) return over;
    const targets = new Set(over.map(targetOf));
    return [...base.filter((one) => !targets.has(targetOf(one))), ...over];
  }
  if (!isMap(base) || !isMap(over)) return over ?? base;
  const names = new Set([...Object.keys(base), ...Object.keys(over)]);
  return Object.fromEntries(
    [...names].map((name) => [name, name in over ? merged(base[name], over[name]) : base[name]]),
  );
}

/**
 * What is wrong with a Compose file, in one list.
 *
 * @param {object} model - parsed
 * @param {{ folder: string, version: string, made: readonly string[], spare?: readonly string[], settings: Record<string, readonly string[]>, textOf: (file: string) => string }} known -
 *   `folder`: of the file; `made`: names that docker/secrets.mjs makes; `spare`: secrets that nobody need use; `settings`: names of variables,
 *   by image; `textOf`: of a mounted file
 * @returns {string[]}
 */
export function faultsOf(model, known) {
  const faults = lastingFaults(model, known);
  for (const [name, service] of Object.entries(model.services)) {
    const fault = (text) => faults.push(`${name}: ${text}`);
    isPinned(service, known, fault);
    isConfined(service, fault);
    isShut(name, service, fault);
    keepsSecrets(service, known, fault);
    hasItsOwnSecrets(service, known, fault);
    hasWhatItMounts(service, model, known, fault);
    isConfigured(service, known, fault);
    waitsRightly(service, model, fault);
    reaches(service, model, known, fault);
  }
  const used = new Set([
    ...(known.spare ?? []),
    ...Object.values(model.services).flatMap(({ secrets = [] }) => secrets),
  ]);
  for (const name of Object.keys(model.secrets ?? {}))
    if (!used.has(name)) faults.push(`secret ${name} is used by nobody`);
  const addresses = Object.values(model.services)
    .map((service) => networksOf(service).services?.ipv4_address)
    .filter(Boolean);
  if (new Set(addresses).size < addresses.length) faults.push('two services have one address');
  return faults;
}

const isOurs = ({ image }) => image.startsWith('gatehouse/');

function isPinned({ image = '', build }, { version }, fault) {
  if (build) fault('is built where it is run; docker/build.mjs builds');
  const [, tag = ''] = /^[\w./-]+:([\w.-]+)$/.exec(image) ?? [];
  if (!/\d+\.\d+/.test(tag)) fault(`image ${image} has no exact version`);
  if (image.startsWith('gatehouse/') && tag !== version) fault(`image ${image} is not of version ${version}`);
}

function isConfined(service, fault) {
  const { limits = {} } = service.deploy?.resources ?? {};
  for (const bound of ['cpus', 'memory', 'pids']) if (!limits[bound]) fault(`has no limit of ${bound}`);
  if (service.read_only !== true) fault('can write to its root filesystem');
  if (String(service.cap_drop) !== 'ALL' || service.cap_add) fault('has capabilities');
  if (!service.security_opt?.includes('no-new-privileges:true')) fault('can gain privileges');
  if (service.privileged || service.network_mode || service.pid || service.ipc) fault('shares something of the host');
  // Ours say so in the image.
  if (!isOurs(service) && !/^[1-9]\d*:\d+$/.test(service.user ?? ''))
    fault('runs as root, or as a name that may be root');
  if (service.volumes?.some((mount) => String(mount).includes('docker.sock'))) fault('may steer Docker');
}

function isShut(name, { ports = [] }, fault) {
  for (const port of ports.map(String)) {
    if (name === 'nginx' ? !/^(80:80|443:443)$/.test(port) : !/^127\.0\.0\.1:\d{4,5}:\d+$/.test(port))
      fault(`publishes ${port}`);
  }
}

function keepsSecrets(service, { made }, fault) {
  for (const [variable, value] of Object.entries(service.environment ?? {})) {
    const isSecret =
      /(PASSWORD|SECRET|KEY|TOKEN|_URL)$/.test(variable) && /:[^/]+@|^[\w+/=-]{20,}$/.test(String(value));
    if (isSecret || /(PASSWORD|SECRET)$/.test(variable)) fault(`${variable} holds a secret; give ${variable}_FILE`);
    const [, file] = /^\/run\/secrets\/(.+)$/.exec(String(value)) ?? [];
    if (file && !service.secrets?.includes(file))
      fault(`${variable} names the secret ${file}, which is not given to it`);
  }
  for (const secret of service.secrets ?? []) if (!made.includes(secret)) fault(`nobody makes the secret ${secret}`);
}

function hasWhatItMounts({ volumes = [], secrets = [] }, model, { folder, made }, fault) {
  for (const mount of volumes.map(String)) {
    const [source] = mount.split(':');
    if (source.startsWith('./.secrets/')) {
      if (!made.includes(source.slice('./.secrets/'.length))) fault(`nobody makes ${source}`);
    } else if (source.startsWith('.')) {
      if (!existsSync(join(folder, source))) fault(`${source} is not there`);
    } else if (!(source in (model.volumes ?? {}))) fault(`the volume ${source} is not declared`);
    if (source.startsWith('.') && !mount.endsWith(':ro')) fault(`${source} can be written`);
  }
  for (const name of secrets) {
    if (model.secrets?.[name]?.file !== `./.secrets/${name}`) fault(`the secret ${name} is not declared`);
  }
}

/** Variables that are no settings of a service: what its file names, and Node's own. */
function isConfigured(service, { settings, textOf }, fault) {
  const known = settings[service.image.replace(/^gatehouse\/|:.*$/g, '')];
  if (!known) return;
  const text = (service.volumes ?? [])
    .filter((mount) => String(mount).includes('gateway.yaml'))
    .map((mount) => textOf(String(mount).split(':')[0]))
    .join();
  const named = [...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name);
  const given = Object.keys(service.environment ?? {});
  for (const variable of given) {
    if (variable === 'NODE_EXTRA_CA_CERTS' || named.includes(variable) || variable.startsWith('ENTRA_')) continue;
    if (!known.includes(variable) && !known.includes(variable.replace(/_FILE$/, '')))
      fault(`${variable} is no setting`);
  }
  for (const name of named) if (!given.includes(name)) fault(`its file needs ${name}, which is not set`);
  for (const [, secret] of text.matchAll(/file:\/run\/secrets\/([\w.-]+)/g)) {
    if (!service.secrets?.includes(secret)) fault(`its file names the secret ${secret}, which is not given to it`);
  }
}

function waitsRightly({ depends_on: needs = {} }, { services }, fault) {
  for (const [name, { condition }] of Object.entries(needs)) {
    const other = services[name];
    if (!other) fault(`waits for ${name}, which is not there`);
    else if (condition === 'service_healthy' && !other.healthcheck && !isOurs(other))
      fault(`waits for the health of ${name}, which has no check`);
    else if (condition === 'service_completed_successfully' && !/^(no|on-failure)/.test(other.restart))
      fault(`waits for the end of ${name}, which has none`);
  }
}

/** Whoever is named as a host, in a variable, a command or a mounted file, is there and on a network of the one who names it. */
function reaches(service, { services }, { folder, textOf }, fault) {
  const files = (service.volumes ?? [])
    .map((mount) => String(mount).split(':')[0])
    .filter((file) => /\.(conf|ya?ml)$/.test(file) && !file.includes('.secrets') && existsSync(join(folder, file)));
  const texts = [
    ...Object.values(service.environment ?? {}).map(String),
    ...(service.command ?? []).map(String),
    ...files.map(textOf),
  ];
  const hosts = new Set();
  for (const text of texts) {
    const lines = text
      .split('\n')
      .filter((line) => !/^\s*#/.test(line))
      .join('\n');
    for (const [, host] of lines.matchAll(
      /(?:https?:\/\/|redis:\/\/|server |targets: .*?'|, ')([a-z][a-z-]*(?:-\d)?):\d{4,5}\b/g,
    ))
      hosts.add(host);
  }
  for (const variable of ['DB_HOST', 'REDIS_HOST', 'SMTP_HOST']) {
    if (service.environment?.[variable]) hosts.add(service.environment[variable]);
  }
  hosts.delete('localhost');
  for (const host of hosts) {
    const other = services[host];
    if (!other) fault(`names the host ${host}, which is not there`);
    else if (!Object.keys(networksOf(service)).some((network) => network in networksOf(other)))
      fault(`shares no network with ${host}`);
  }
}

const networksOf = ({ networks = {} }) =>
  Array.isArray(networks) ? Object.fromEntries(networks.map((name) => [name, {}])) : networks;
const targetOf = (one) => (typeof one === 'string' && one.startsWith('.') ? one.split(':')[1] : one);
const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);
