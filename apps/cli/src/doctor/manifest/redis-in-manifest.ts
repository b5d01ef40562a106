import { parseArguments, parseRedisConf, quantityOf, type Directives } from './redis-arguments.js';

/** A Redis as a manifest would start it. */
export interface DeclaredRedis {
  readonly label: string;
  readonly directives: Directives;
  /** Directives given on the command line, where others can read them. */
  readonly arguments: Directives;
  readonly image: string;
  readonly replicas: number;
  readonly isStatefulSet: boolean;
  readonly serviceName: string | undefined;
  readonly labels: Readonly<Record<string, unknown>>;
  /** Folders that outlive the pod. */
  readonly keptFolders: readonly string[];
  readonly memoryLimit: number | undefined;
  readonly hasProbes: boolean;
  readonly isExposed: boolean;
}

export interface DeclaredService {
  readonly name: string;
  readonly selector: Readonly<Record<string, unknown>>;
  readonly isHeadless: boolean;
  readonly type: string;
}

type Json = Readonly<Record<string, unknown>>;

const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet', 'Pod']);
const IMAGE = /(^|[/_-])(redis|valkey|keydb)([:@/_-]|$)/i;
/** Companions that are not the server. */
const COMPANION = /exporter|sentinel|insight|commander|operator|proxy/i;

export function redisesIn(documents: readonly unknown[]): DeclaredRedis[] {
  const files = configFilesIn(documents);
  return documents.map(asObject).flatMap((document) => {
    if (WORKLOADS.has(String(document['kind']))) return fromWorkload(document, files);
    return document['kind'] === undefined && document['services'] !== undefined ? fromCompose(document) : [];
  });
}

export function servicesIn(documents: readonly unknown[]): DeclaredService[] {
  return documents
    .map(asObject)
    .filter(({ kind }) => kind === 'Service')
    .map((document) => {
      const spec = asObject(document['spec']);
      return {
        name: nameOf(document),
        selector: asObject(spec['selector']),
        isHeadless: spec['clusterIP'] === 'None',
        type: String(spec['type'] ?? 'ClusterIP'),
      };
    });
}

function fromWorkload(document: Json, files: ReadonlyMap<string, Directives>): DeclaredRedis[] {
  const spec = asObject(document['spec']);
  const pod = document['kind'] === 'Pod' ? spec : asObject(asObject(spec['template'])['spec']);
  const metadata = asObject(document['kind'] === 'Pod' ? document['metadata'] : asObject(spec['template'])['metadata']);
  return asList(pod['containers'])
    .filter(isRedis)
    .map((container) => {
      const words = [...asTexts(container['command']), ...asTexts(container['args'])];
      const given = parseArguments(words);
      const kept = claimsIn(pod, spec);
      const mounts = asList(container['volumeMounts']);
      const mounted = mounts.flatMap(({ name }) => [...configsOf(pod, String(name), files)]);
      return {
        label: `${String(document['kind'])} ${nameOf(document)}`,
        directives: new Map([...mounted, ...given]),
        arguments: given,
        image: String(container['image'] ?? ''),
        replicas: Number(spec['replicas'] ?? 1),
        isStatefulSet: document['kind'] === 'StatefulSet',
        serviceName: spec['serviceName'] === undefined ? undefined : String(spec['serviceName']),
        labels: asObject(metadata['labels']),
        keptFolders: mounts.filter(({ name }) => kept.has(String(name))).map(({ mountPath }) => String(mountPath)),
        memoryLimit: quantityOf(asObject(asObject(container['resources'])['limits'])['memory']),
        hasProbes: container['readinessProbe'] !== undefined && container['livenessProbe'] !== undefined,
        isExposed:
          pod['hostNetwork'] === true || asList(container['ports']).some(({ hostPort }) => hostPort !== undefined),
      };
    });
}

function fromCompose(document: Json): DeclaredRedis[] {
  return Object.entries(asObject(document['services'])).flatMap(([name, value]) => {
    const service = asObject(value);
    if (!isRedis(service)) return [];
    const given = parseArguments(asTexts(service['command']));
    const volumes = asList(service['volumes'], true).map((volume) => String(volume['target'] ?? volume['text']));
    const ports = asList(service['ports'], true).map((port) =>
      String(port['text'] ?? `${String(port['host_ip'] ?? '')}:${String(port['published'])}`),
    );
    return {
      label: `service ${name}`,
      directives: given,
      arguments: given,
      image: String(service['image'] ?? ''),
      replicas: Number(asObject(service['deploy'])['replicas'] ?? 1),
      isStatefulSet: false,
      serviceName: undefined,
      labels: {},
      keptFolders: volumes.map((volume) => volume.split(':')[1] ?? volume),
      memoryLimit: undefined,
      hasProbes: service['healthcheck'] !== undefined,
      isExposed: ports.some((port) => !/^(127\.|\[?::1|localhost)/.test(port)),
    };
  });
}

function isRedis(container: Json): boolean {
  const image = String(container['image'] ?? '');
  const words = [...asTexts(container['command']), ...asTexts(container['args'])].join(' ');
  // A Sentinel runs from the image of the server, and keeps nothing.
  if (COMPANION.test(image) || /sentinel/i.test(words)) return false;
  return IMAGE.test(image) || /\b(redis|valkey)-server\b/.test(words);
}

/** Names of volumes that outlive a pod. */
function claimsIn(pod: Json, spec: Json): ReadonlySet<string> {
  const templates = asList(spec['volumeClaimTemplates']).map(nameOf);
  const volumes = asList(pod['volumes']).filter((volume) =>
    ['persistentVolumeClaim', 'hostPath', 'csi', 'nfs', 'ephemeral'].some(
      (kind) => volume[kind] !== undefined && kind !== 'ephemeral',
    ),
  );
  return new Set([...templates, ...volumes.map(({ name }) => String(name))]);
}

/** Directives of configuration files, by the name of their ConfigMap or Secret. */
function configFilesIn(documents: readonly unknown[]): ReadonlyMap<string, Directives> {
  return new Map(
    documents
      .map(asObject)
      .filter(({ kind }) => kind === 'ConfigMap' || kind === 'Secret')
      .map((document) => {
        const texts = Object.entries({ ...asObject(document['data']), ...asObject(document['stringData']) })
          .filter(([file]) => file.endsWith('.conf'))
          .map(([, text]) => String(text));
        return [nameOf(document), parseRedisConf(texts.join('\n'))];
      }),
  );
}

function configsOf(pod: Json, volumeName: string, files: ReadonlyMap<string, Directives>): Directives {
  const volume = asList(pod['volumes']).find(({ name }) => String(name) === volumeName) ?? {};
  const source = asObject(volume['configMap'])['name'] ?? asObject(volume['secret'])['secretName'];
  return files.get(String(source)) ?? new Map<string, string>();
}

function nameOf(document: Json): string {
  return String(asObject(document['metadata'])['name'] ?? 'without a name');
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

/** @param texts - keeps plain texts too, as `{ text }` */
function asList(value: unknown, texts = false): Json[] {
  const list: unknown[] = Array.isArray(value) ? value : [];
  return list.map((item) => (texts && typeof item !== 'object' ? { text: item } : asObject(item)));
}

function asTexts(value: unknown): string[] {
  return typeof value === 'string' ? [value] : Array.isArray(value) ? value.map(String) : [];
}
