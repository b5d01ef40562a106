import { ACTIVITY_MAX_ADDRESSES, ADDRESS_PATTERN } from '@gatehouse/contracts';
import { isIP } from 'node:net';

/** Requests of one session since it was last reported. */
export class SeenSession {
  requests = 0;
  lastRequestAtMs = 0;
  /** First seen first; each is one, however it was written. */
  readonly ipAddresses: string[] = [];
  /** Whether it still counts: one that was taken out or given up does not. */
  isOpen = true;
  private lastAddress: string | undefined;

  constructor(
    readonly userId: number,
    readonly sessionId: string,
  ) {}

  /** Called for every request that is let in, so it does as little as can be. */
  count(nowMs: number, ipAddress: string | undefined): void {
    this.requests += 1;
    this.lastRequestAtMs = nowMs;
    if (ipAddress !== this.lastAddress) this.noteAddress(ipAddress);
  }

  /** Behind a proxy that is believed without being asked, an address is whatever the client says. */
  private noteAddress(ipAddress: string | undefined): void {
    this.lastAddress = ipAddress;
    if (ipAddress === undefined || this.ipAddresses.length >= ACTIVITY_MAX_ADDRESSES) return;
    if (!ADDRESS_PATTERN.test(ipAddress) || isIP(ipAddress) === 0) return;
    if (!this.ipAddresses.includes(ipAddress)) this.ipAddresses.push(ipAddress);
  }
}
