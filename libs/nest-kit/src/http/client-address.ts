import ipaddr from 'ipaddr.js';

/** As some proxies write it, with the port behind. */
const WITH_PORT = /^(?:\[([^\]]+)\](?::\d{1,5})?|(\d{1,3}(?:\.\d{1,3}){3}):\d{1,5})$/;

/**
 * One spelling per address: IPv4-mapped IPv6 becomes IPv4, IPv6 is compressed and lower case, a zone or a port is dropped. Text that is
 * no address stays as it is. Takes `request.ip`, which already is the right-most address no trusted proxy vouched for.
 */
export function canonicalAddress(text: string): string {
  const [, six, four] = WITH_PORT.exec(text) ?? [];
  const bare = (six ?? four ?? text).split('%')[0] ?? text;
  return ipaddr.isValid(bare) ? ipaddr.process(bare).toString() : text;
}

/** What a limit counts by: the address itself for IPv4, its /64 for IPv6, where a person has 2^64 of them. */
export function addressNetwork(text: string): string {
  const canonical = canonicalAddress(text);
  if (!ipaddr.IPv6.isValid(canonical)) return canonical;
  return `${ipaddr.IPv6.networkAddressFromCIDR(`${canonical}/64`).toString()}/64`;
}
