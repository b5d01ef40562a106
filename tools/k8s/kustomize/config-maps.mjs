import { createHash } from 'node:crypto';
import { podSpecOf } from '../pods.mjs';

const KNOWN = ['name', 'behavior', 'files', 'envs', 'literals'];

/** @param {(path: string) => string} read - a file of the kustomization's folder */
export function newConfigMap(generator, read, basename, file) {
  const unknown = Object.keys(generator).filter((key) => !KNOWN.includes(key));
  if (unknown.length > 0) throw new Error(`${file}: ${unknown.join(', ')} of a generator is not rendered here`);
  const data = Object.fromEntries([
    ...(generator.envs ?? []).flatMap((path) => pairsIn(read(path), path)),
    ...(generator.files ?? []).map((path) => [basename(path), read(path)]),
    ...(generator.literals ?? []).flatMap((line) => pairsIn(line, file)),
  ]);
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: generator.name }, data };
}

export function mergedConfigMap(below, above) {
  return { ...below, data: { ...below.data, ...above.data } };
}

function pairsIn(text, file) {
  return text.split('\n').flatMap((line) => {
    if (line.trim() === '' || line.startsWith('#')) return [];
    const at = line.indexOf('=');
    if (at < 1) throw new Error(`${file}: "${line.slice(0, 20)}" is no NAME=value`);
    return [[line.slice(0, at), line.slice(at + 1)]];
  });
}

/** Gives generated ConfigMaps a name that changes with their content, so that pods which read them are replaced. */
export function withHashedNames(items) {
  const names = new Map(
    items.flatMap(({ resource, isGenerated }) => {
      const { name } = resource.metadata;
      return isGenerated ? [[name, `${name}-${contentHash(resource)}`]] : [];
    }),
  );
  return items.map(({ resource, isGenerated }) => {
    if (isGenerated)
      return { ...resource, metadata: { ...resource.metadata, name: names.get(resource.metadata.name) } };
    const copy = structuredClone(resource);
    for (const reference of configMapReferences(podSpecOf(copy)))
      reference.name = names.get(reference.name) ?? reference.name;
    return copy;
  });
}

/** Objects with a `name` that names a ConfigMap. */
export function configMapReferences(pod) {
  if (!pod) return [];
  const containers = [...(pod.initContainers ?? []), ...(pod.containers ?? [])];
  return [
    ...(pod.volumes ?? []).flatMap(({ configMap, projected }) => [
      configMap,
      ...(projected?.sources ?? []).map((source) => source.configMap),
    ]),
    ...containers.flatMap(({ envFrom = [], env = [] }) => [
      ...envFrom.map(({ configMapRef }) => configMapRef),
      ...env.map(({ valueFrom }) => valueFrom?.configMapKeyRef),
    ]),
  ].filter((reference) => reference !== undefined);
}

/** kustomize's: SHA-256 of the content, without the name, as Go writes it in JSON; ten digits in letters that make no words. */
function contentHash({ data }) {
  const sorted = Object.fromEntries(Object.entries(data).sort(([a], [b]) => (a < b ? -1 : 1)));
  const json = JSON.stringify({ data: sorted, kind: 'ConfigMap', name: '' }).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const letters = { 0: 'g', 1: 'h', 3: 'k', a: 'm', e: 't' };
  const digits = createHash('sha256').update(json).digest('hex').slice(0, 10);
  return [...digits].map((digit) => letters[digit] ?? digit).join('');
}
