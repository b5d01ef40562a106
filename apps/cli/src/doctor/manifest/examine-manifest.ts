import { Trouble } from '../../terminal/exit-code.js';
import type { FindingCode } from '../catalogue/catalogue.js';
import { diagnose, found, type Diagnosis, type Finding } from '../finding.js';
import type { Manifest } from './read-manifest.js';
import { bytesOf, type Directives } from './redis-arguments.js';
import { redisesIn, servicesIn, type DeclaredRedis, type DeclaredService } from './redis-in-manifest.js';

const DATA_FOLDER = '/data';
/** Saving copies what is written meanwhile; above this share of the limit it may not fit. */
const MOST_OF_LIMIT = 0.75;
const LEAST_VERSION = [6, 2] as const;

/** Judges what a manifest would start. @throws {Trouble} `MANIFEST_WITHOUT_REDIS` */
export function examineManifest(manifest: Manifest): Diagnosis {
  if (manifest.kind === 'redis-conf') {
    const { directives } = manifest;
    return diagnose([{ check: 'redis.conf', findings: present('redis.conf', judgeSettings(directives, false)) }]);
  }
  const redises = redisesIn(manifest.documents);
  if (redises.length === 0) throw new Trouble('MANIFEST_WITHOUT_REDIS', 'the manifest starts no Redis');
  const services = servicesIn(manifest.documents);
  return diagnose(
    redises.map((redis) => ({ check: redis.label, findings: present(redis.label, judge(redis, services)) })),
  );
}

type Judged = readonly [FindingCode, string?] | false | undefined;

function present(label: string, judged: readonly Judged[]): Finding[] {
  return judged.flatMap((one) => (one ? [found(one[0], label, one[1])] : []));
}

function judge(redis: DeclaredRedis, services: readonly DeclaredService[]): Judged[] {
  const { directives, replicas, keptFolders, isStatefulSet, serviceName, hasProbes, isExposed } = redis;
  const fronts = services.filter(({ selector }) => selects(selector, redis.labels));
  const follows = ['replicaof', 'slaveof', 'cluster-enabled'].some((name) => {
    const value = directives.get(name);
    return value !== undefined && value !== 'no';
  });
  const folder = directives.get('dir') ?? DATA_FOLDER;
  const isKept = keptFolders.some((kept) => folder === kept || folder.startsWith(`${kept.replace(/\/$/, '')}/`));
  return [
    ...judgeSettings(directives, true),
    ...judgePassword(redis.arguments),
    ...judgeMemory(redis),
    isOld(redis.image) && ['REDIS_VERSION_OLD', 'by the tag of its image'],
    replicas > 1 && !follows && ['REDIS_SPLIT_SERVERS', `${replicas} pods, none of which follows another`],
    replicas < 2 && ['REDIS_NO_REPLICA'],
    !isKept && ['MANIFEST_NOT_KEPT'],
    isStatefulSet &&
      serviceName !== undefined &&
      !services.some(({ name, isHeadless }) => name === serviceName && isHeadless) && ['MANIFEST_SERVICE_MISSING'],
    (isExposed || fronts.some(({ type }) => type !== 'ClusterIP')) && ['MANIFEST_EXPOSED'],
    !hasProbes && ['MANIFEST_NO_PROBES'],
  ];
}

/** @param isContainer - the image starts without a configuration of its own: Redis' defaults hold */
function judgeSettings(directives: Directives, isContainer: boolean): Judged[] {
  const policy = directives.get('maxmemory-policy') ?? 'noeviction';
  const hasLog = directives.get('appendonly') === 'yes';
  const save = directives.get('save');
  const isOpen = !['requirepass', 'aclfile', 'user'].some((name) => directives.has(name));
  const hasTls = (directives.get('tls-port') ?? '0') !== '0';
  return [
    policy !== 'noeviction' && [
      'REDIS_EVICTS',
      `maxmemory-policy is ${/^[a-z-]{1,30}$/.test(policy) ? policy : 'another'}`,
    ],
    // Without a word about it Redis takes snapshots; `save ""` takes them away.
    !hasLog && [save === '' ? 'REDIS_NOT_DURABLE' : 'REDIS_SNAPSHOTS_ONLY'],
    hasLog && directives.get('appendfsync') === 'no' && ['REDIS_FSYNC_NEVER'],
    isOpen && ['REDIS_NO_PASSWORD'],
    !hasTls && ['REDIS_PLAINTEXT'],
    !isContainer && !directives.has('maxmemory') && ['REDIS_MEMORY_UNBOUNDED'],
  ];
}

function judgePassword(given: Directives): Judged[] {
  const password = given.get('requirepass');
  if (password === undefined) return [];
  const isReference = /^\$[({]?\w+[)}]?$/.test(password);
  return [isReference ? ['MANIFEST_PASSWORD_IN_ARGUMENTS'] : ['MANIFEST_PASSWORD_IN_CLEAR']];
}

function judgeMemory({ directives, memoryLimit }: DeclaredRedis): Judged[] {
  const most = bytesOf(directives.get('maxmemory'));
  if (memoryLimit === undefined) return [!most && ['REDIS_MEMORY_UNBOUNDED']];
  if (!most) return [['MANIFEST_MEMORY_UNBOUNDED']];
  return [
    most > memoryLimit * MOST_OF_LIMIT && [
      'MANIFEST_MEMORY_TIGHT',
      `${Math.round((most / memoryLimit) * 100)} % of the limit`,
    ],
  ];
}

function isOld(image: string): boolean {
  const [, major, minor] = /:(\d+)(?:\.(\d+))?/.exec(image.slice(image.lastIndexOf('/') + 1)) ?? [];
  if (major === undefined) return false;
  return (
    Number(major) < LEAST_VERSION[0] || (Number(major) === LEAST_VERSION[0] && Number(minor ?? 99) < LEAST_VERSION[1])
  );
}

function selects(selector: Readonly<Record<string, unknown>>, labels: Readonly<Record<string, unknown>>): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && wanted.every(([name, value]) => labels[name] === value);
}
