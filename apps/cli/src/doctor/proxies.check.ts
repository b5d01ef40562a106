import { isIP } from 'node:net';
import type { Settings } from '../environment/settings.js';
import { found, type Finding } from './finding.js';

/** Networks no smaller than these hold more than load balancers. */
const WIDEST_BITS = { 4: 8, 6: 32 } as const;

/** Whose `X-Forwarded-For` is believed. Only the auth service reads it, which is the one with a database. */
export function checkProxies(
  { TRUSTED_PROXIES: proxies, NODE_ENV }: Settings,
  isAuth: boolean,
): (Finding | undefined)[] {
  const wide = (proxies ?? []).filter(isTooWide).length;
  const isMissing = isAuth && NODE_ENV === 'production' && (proxies ?? []).length === 0;
  return [
    isMissing ? found('TRUSTED_PROXIES_MISSING', 'TRUSTED_PROXIES') : undefined,
    wide > 0
      ? found('TRUSTED_PROXIES_TOO_WIDE', 'TRUSTED_PROXIES', `${wide} of ${proxies?.length ?? 0} networks`)
      : undefined,
  ];
}

function isTooWide(network: string): boolean {
  const [address = '', bits] = network.split('/');
  const family = isIP(address);
  // 10.0.0.0/8 is as wide as a private network gets, and already a whole company.
  return bits !== undefined && (family === 4 || family === 6) && Number(bits) < WIDEST_BITS[family];
}
