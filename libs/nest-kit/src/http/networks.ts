import ipaddr from 'ipaddr.js';
import { canonicalAddress } from './client-address.js';

type Network = ReturnType<typeof ipaddr.parseCIDR>;

/**
 * @param networks - addresses and networks, checked by whoever read them
 * @returns whether an address, in whatever spelling, is in one of them; what is no address is in none
 */
export function inNetworks(networks: readonly string[]): (address: string | undefined) => boolean {
  const parsed = networks.map(parseNetwork);
  return (text) => {
    const canonical = canonicalAddress(text ?? '');
    if (!ipaddr.isValid(canonical)) return false;
    const address = ipaddr.parse(canonical);
    return parsed.some(([network, bits]) => network.kind() === address.kind() && address.match(network, bits));
  };
}

function parseNetwork(text: string): Network {
  if (text.includes('/')) return ipaddr.parseCIDR(text);
  const address = ipaddr.parse(text);
  return [address, address.kind() === 'ipv4' ? 32 : 128];
}
