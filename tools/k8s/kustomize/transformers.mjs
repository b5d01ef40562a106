import { podSpecOf, podTemplateOf } from '../pods.mjs';

const OF_THE_CLUSTER = new Set([
  'Namespace',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'PriorityClass',
]);

export function withNamespace(items, namespace) {
  if (namespace === undefined) return items;
  return items.map((item) => {
    const { resource } = item;
    const place = OF_THE_CLUSTER.has(resource.kind)
      ? resource.kind === 'Namespace' && { name: namespace }
      : { namespace };
    return { ...item, resource: { ...resource, metadata: { ...resource.metadata, ...place } } };
  });
}

export function withLabels(items, labels, file) {
  return labels.reduce((before, { pairs, includeTemplates = false, ...rest }) => {
    if (Object.keys(rest).length > 0)
      throw new Error(`${file}: ${Object.keys(rest).join()} of labels is not rendered here`);
    return before.map((item) => {
      const resource = structuredClone(item.resource);
      const targets = [resource, ...(includeTemplates ? templatesOf(resource) : [])];
      for (const target of targets)
        target.metadata = { ...target.metadata, labels: { ...target.metadata?.labels, ...pairs } };
      return { ...item, resource };
    });
  }, items);
}

function templatesOf(resource) {
  const template = podTemplateOf(resource);
  return [
    ...(template ? [template] : []),
    ...(resource.kind === 'CronJob' ? [resource.spec.jobTemplate] : []),
    ...(resource.spec?.volumeClaimTemplates ?? []),
  ];
}

export function withImages(items, images, file) {
  for (const { name, newName, newTag, digest, ...rest } of images) {
    if (Object.keys(rest).length > 0)
      throw new Error(`${file}: ${Object.keys(rest).join()} of an image is not rendered here`);
    if (!newName && !newTag && !digest) throw new Error(`${file}: the image ${name} is given no tag`);
  }
  return items.map((item) => {
    const resource = structuredClone(item.resource);
    const pod = podSpecOf(resource);
    for (const container of [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])]) {
      for (const image of images) container.image = imageAfter(container.image, image);
    }
    return { ...item, resource };
  });
}

function imageAfter(written, { name, newName = name, newTag, digest }) {
  const [, base, tag = ''] = /^(.+?)((?::[^:/@]+)?(?:@.+)?)$/.exec(written);
  if (base !== name) return written;
  return `${newName}${digest ? `@${digest}` : newTag ? `:${newTag}` : tag}`;
}
