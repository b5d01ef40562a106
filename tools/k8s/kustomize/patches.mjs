import { parseDocuments } from './read-yaml.mjs';

/** Lists whose items Kubernetes knows by a key; every other list is replaced as a whole. */
const MERGE_KEYS = {
  containers: 'name',
  initContainers: 'name',
  env: 'name',
  volumes: 'name',
  volumeMounts: 'mountPath',
  topologySpreadConstraints: 'topologyKey',
};

/** Applies one entry of `patches`: a strategic merge, or operations of JSON Patch (RFC 6902) for a `target`. */
export function patched(items, { path, patch, target, ...rest }, read, file) {
  if (Object.keys(rest).length > 0)
    throw new Error(`${file}: ${Object.keys(rest).join()} of a patch is not rendered here`);
  const [content] = parseDocuments(path === undefined ? patch : read(path), path ?? file);
  const wanted = target ?? { kind: content.kind, name: content.metadata.name };
  const unknown = Object.keys(wanted).filter((key) => !['kind', 'name'].includes(key));
  if (unknown.length > 0) throw new Error(`${file}: a target by ${unknown.join()} is not rendered here`);
  const change = Array.isArray(content) ? (one) => operated(one, content, file) : (one) => merged(one, content, file);
  let hits = 0;
  const result = items.map((item) => {
    const { kind, metadata } = item.resource;
    if (wanted.kind !== kind || wanted.name !== metadata.name) return item;
    hits += 1;
    return { ...item, resource: change(item.resource) };
  });
  if (hits !== 1) throw new Error(`${file}: the patch for ${wanted.kind} ${wanted.name} hits ${hits} resources`);
  return result;
}

function merged(below, above, file, listKey) {
  if (Array.isArray(above) && Array.isArray(below) && listKey) return mergedList(below, above, listKey, file);
  if (!isObject(above) || !isObject(below)) return above;
  if ('$patch' in above) throw new Error(`${file}: $patch is not rendered here`);
  const result = { ...below };
  for (const [key, value] of Object.entries(above)) {
    if (value === null) delete result[key];
    else result[key] = merged(below[key], value, file, MERGE_KEYS[key]);
  }
  return result;
}

/** Items of the patch come first, also those that were there: kustomize has it so, and `$(NAME)` in a variable depends on it. */
function mergedList(below, above, key, file) {
  const among = (list, item) => list.find((other) => other[key] === item[key]);
  return [
    ...above.map((item) => merged(among(below, item), item, file)),
    ...below.filter((item) => !among(above, item)),
  ];
}

function operated(resource, operations, file) {
  const copy = structuredClone(resource);
  for (const { op, path, value } of operations) {
    const steps = path
      .slice(1)
      .split('/')
      .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = steps.pop();
    const parent = steps.reduce((at, step) => at?.[step], copy);
    const isThere = isObject(parent) || Array.isArray(parent) ? last in parent : false;
    if (op === 'replace' && isThere) parent[last] = value;
    else if (op === 'remove' && isThere && !Array.isArray(parent)) delete parent[last];
    else if (op === 'add' && isObject(parent)) parent[last] = value;
    else throw new Error(`${file}: ${op} ${path} is not possible here`);
  }
  return copy;
}

function isObject(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
