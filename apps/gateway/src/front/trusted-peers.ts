import { BlockList, isIP } from 'node:net';

/** IPv4 in the dress of IPv6, as a socket that listens on both reports it. */
const MAPPED = /^::ffff:(?=\d+\.\d+\.\d+\.\d+$)/i;

/** One spelling of IPv4; a zone is dropped. Anything else stays as it is. */
const bare = (text: string) => text.trim().split('%')[0]?.replace(MAPPED, '') ?? '';

/** The proxies in front of the gateway: whose word about a request counts. */
export class TrustedPeers {
  private readonly list = new BlockList();

  /** @param networks - addresses and networks, `10.0.0.0/8`, checked by whoever read them. */
  constructor(networks: readonly string[]) {
    for (const network of networks) {
      const [address = '', bits] = network.split('/');
      const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
      if (bits === undefined) this.list.addAddress(address, family);
      else this.list.addSubnet(address, Number(bits), family);
    }
  }

  has(address: string | undefined): boolean {
    const plain = bare(address ?? '');
    const version = isIP(plain);
    return version !== 0 && this.list.check(plain, version === 6 ? 'ipv6' : 'ipv4');
  }

  /**
   * The right-most address that no trusted proxy vouched for. What stands left of it in `X-Forwarded-For` the client may have
   * written itself; what is no address ends the walk.
   *
   * @param peer - the other end of the connection
   * @param forwardedFor - as it came, lists joined by commas
   */
  clientAddress(peer: string | undefined, forwardedFor: string | readonly string[] | undefined): string {
    // Without anybody's word there is nothing to walk, and a plain IPv4 address has one spelling.
    if (forwardedFor === undefined && peer !== undefined && !peer.includes(':')) return peer;
    let client = bare(peer ?? '');
    if (forwardedFor === undefined || !this.has(client)) return client;
    const hops = [forwardedFor].flat().join(',').split(',').reverse();
    for (const hop of hops) {
      const address = bare(hop);
      if (isIP(address) === 0) return client;
      client = address;
      if (!this.has(client)) return client;
    }
    return client;
  }
}
