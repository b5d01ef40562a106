import type { ForwardPlan } from '../forward.port.js';

/** Our name in `Via` (RFC 9110 §7.6.3): a pseudonym, no host name. */
export const VIA_NAME = 'gatehouse';

const HOST = /^[A-Za-z0-9._:[\]-]{1,255}$/;
const TOKEN = /^[A-Za-z0-9._-]+$/;

/**
 * Says where a request came from: `X-Forwarded-*` and `Forwarded` (RFC 7239), with one address, the client's. What stood there
 * before has been dropped; nothing is appended to what a stranger wrote.
 *
 * @param into - name, value, name, value …
 */
export function appendForwarding(into: string[], { client, route }: ForwardPlan): void {
  const { address, proto, host } = client;
  into.push('x-forwarded-for', address, 'x-forwarded-proto', proto);
  // A host that could not stand in a URL is somebody's attempt at something.
  const hostIsSane = HOST.test(host);
  if (hostIsSane) into.push('x-forwarded-host', host);
  if (route.stripPrefix) into.push('x-forwarded-prefix', route.stripPrefix);
  into.push('forwarded', `for=${node(address)};proto=${proto}${hostIsSane ? `;host=${quoted(host)}` : ''}`);
}

/** IPv6 addresses stand in brackets and quotes (RFC 7239 §6). */
function node(address: string): string {
  if (address.includes(':')) return `"[${address}]"`;
  return TOKEN.test(address) ? address : 'unknown';
}

function quoted(host: string): string {
  return TOKEN.test(host) ? host : `"${host}"`;
}

/** @param before - what the message carried, if anything */
export function via(httpVersion: string, before: string | undefined): string {
  const own = `${httpVersion} ${VIA_NAME}`;
  return before ? `${before}, ${own}` : own;
}
