import type { RedisSettings } from '@gatehouse/redis';
import { judgeClock } from '../clock.check.js';
import { found, type Finding } from '../finding.js';
import { isLoopback } from '../loopback.js';
import { timeOf, type RedisNode } from './redis-under-test.js';

/** XADD with MINID. */
const LEAST_VERSION = [6, 2] as const;

export function checkVersion({ label, info }: RedisNode): (Finding | undefined)[] {
  const version = info.get('redis_version');
  if (version === undefined) return [];
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const isOld = major < LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1]);
  return [isOld ? found('REDIS_VERSION_OLD', label, `version ${version}`) : undefined];
}

/** Is there another server when this one is gone? */
export function checkReplicas(nodes: readonly RedisNode[], isLocal: boolean): (Finding | undefined)[] {
  return nodes.map(({ label, info }) => {
    if (info.get('role') === 'slave') return found('REDIS_IS_REPLICA', label);
    return info.get('connected_slaves') === '0' && !isLocal ? found('REDIS_NO_REPLICA', label) : undefined;
  });
}

/** Who may read along, and who may come in? */
export function checkProtection({ common, ...place }: RedisSettings): (Finding | undefined)[] {
  const hosts = place.kind === 'standalone' ? [place] : place.kind === 'cluster' ? place.nodes : place.sentinels;
  const isLocal = hosts.every(({ host }) => isLoopback(host));
  if (isLocal) return [common.password ? undefined : found('REDIS_OPEN_ON_LOOPBACK', 'Redis')];
  return [
    common.password ? undefined : found('REDIS_NO_PASSWORD', 'Redis'),
    common.tls ? undefined : found('REDIS_PLAINTEXT', 'Redis'),
  ];
}

export async function checkRedisClock(
  { label, redis }: RedisNode,
  toleranceSeconds: number,
): Promise<(Finding | undefined)[]> {
  const beforeMs = Date.now();
  const theirsMs = await timeOf(redis);
  return [judgeClock(label, { beforeMs, afterMs: Date.now(), theirsMs }, 1, toleranceSeconds)];
}
