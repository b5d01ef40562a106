import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { mergedConfigMap, newConfigMap, withHashedNames } from './config-maps.mjs';
import { patched } from './patches.mjs';
import { parseDocuments } from './read-yaml.mjs';
import { withImages, withLabels, withNamespace } from './transformers.mjs';

const KNOWN = ['apiVersion', 'kind', 'namespace', 'resources', 'labels', 'images', 'configMapGenerator', 'patches'];

/**
 * Renders a folder with a kustomization.yaml as `kubectl kustomize` does, for the part of kustomize that k8s/ is written in: where
 * kubectl is missing the manifests can be checked all the same. Anything else in a kustomization.yaml is refused, never left out.
 *
 * @param {string} folder
 * @returns {object[]} the resources; their order is not kustomize's
 * @throws {Error} that names the file and what is not understood in it
 */
export function renderKustomization(folder) {
  return withHashedNames(accumulate(folder));
}

/** Resources with the names they have in the files; generated ones are told by `isGenerated`. */
function accumulate(folder) {
  const file = join(folder, 'kustomization.yaml');
  const [kustomization = {}] = parseDocuments(read(file), file);
  const unknown = Object.keys(kustomization).filter((key) => !KNOWN.includes(key));
  if (unknown.length > 0)
    throw new Error(`${file}: ${unknown.join(', ')} is not rendered here; extend tools/k8s/kustomize`);

  let items = (kustomization.resources ?? []).flatMap((path) => load(join(folder, path)));
  for (const generator of kustomization.configMapGenerator ?? []) items = generated(items, generator, folder, file);
  for (const patch of kustomization.patches ?? [])
    items = patched(items, patch, (path) => read(join(folder, path)), file);
  items = withNamespace(items, kustomization.namespace);
  items = withLabels(items, kustomization.labels ?? [], file);
  return withImages(items, kustomization.images ?? [], file);
}

function load(path) {
  if (statSync(path).isDirectory()) return accumulate(path);
  return parseDocuments(read(path), path).map((resource) => ({ resource, isGenerated: false }));
}

function generated(items, generator, folder, file) {
  const { name, behavior = 'create' } = generator;
  const made = newConfigMap(generator, (path) => read(join(folder, path)), basename, file);
  const at = items.findIndex(({ isGenerated, resource }) => isGenerated && resource.metadata.name === name);
  if (behavior === 'create' && at < 0) return [...items, { resource: made, isGenerated: true }];
  if (behavior === 'merge' && at >= 0) {
    const merged = { resource: mergedConfigMap(items[at].resource, made), isGenerated: true };
    return items.with(at, merged);
  }
  throw new Error(`${file}: the ConfigMap ${name} cannot be generated with behavior ${behavior} here`);
}

function read(path) {
  return readFileSync(path, 'utf8');
}
