import { BlockList } from 'node:net';

/**
 * Addresses that mean this machine or its neighbours. Metadata that names one would have us knock at doors that only we
 * can reach (a cloud's instance metadata, a database).
 */
const inside = new BlockList();
for (const [net, bits] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 3],
] as const) {
  inside.addSubnet(net, bits, 'ipv4');
}
for (const [net, bits] of [
  // Unspecified, loopback, and IPv4 in its former notation.
  ['::', 96],
  // NAT64, which leads back into IPv4, 6to4 and Teredo, which do too.
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['2002::', 16],
  ['2001::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
] as const) {
  inside.addSubnet(net, bits, 'ipv6');
}

/**
 * Why an address of a provider is not gone to, or undefined where it may be. Judges what is written: a name that leads to
 * a private address is allowed, since providers of a company live there.
 *
 * @param allowInsecure development: plain http and addresses inside are let through.
 */
export function addressFault(url: URL, allowInsecure: boolean): string | undefined {
  if (url.protocol !== 'https:' && !(allowInsecure && url.protocol === 'http:')) return 'is not an https address';
  if (url.username !== '' || url.password !== '') return 'holds a user name or password';
  if (allowInsecure) return undefined;
  return isInside(url.hostname) ? 'is a loopback, link-local or private address' : undefined;
}

function isInside(hostname: string): boolean {
  // The URL parser has brought decimal, octal and hexadecimal spellings of IPv4 into one.
  if (hostname.startsWith('[')) return inside.check(hostname.slice(1, -1), 'ipv6');
  if (/^[\d.]+$/.test(hostname)) return inside.check(hostname.replace(/\.$/, ''), 'ipv4');
  return /(^|\.)localhost\.?$/i.test(hostname);
}
