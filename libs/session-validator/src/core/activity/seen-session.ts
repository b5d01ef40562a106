import { ACTIVITY_MAX_ADDRESSES } from '@gatehouse/contracts';
import { isIP } from 'node:net';

/** What a token counts by itself: the use of a warm one costs no look-up and touches nothing else. */
export interface CountedToken {
  readonly isOfService: boolean;
  readonly verdict: { readonly principal: { readonly sessionId: string; readonly userId: number } };
  /** Since it was last taken account of; 0 says that nobody will look. */
  uses: number;
  /** Seconds since the epoch: a small number lies in the token itself, where milliseconds would take another fetch from memory. */
  usedAtSecond: number;
  /** Of the last use. */
  usedFrom: string | undefined;
}

/** Requests of one session since it was last reported. */
export class SeenSession {
  /** First seen first; each is one. */
  readonly ipAddresses: string[] = [];
  private counted = 0;
  private lastAtSecond = 0;
  /** The one in use, whose uses since are not in {@link counted} yet. */
  private token: CountedToken | undefined;

  constructor(
    readonly userId: number,
    readonly sessionId: string,
  ) {}

  /** Complete once it was {@link settle | settled}. */
  get requests(): number {
    return this.counted;
  }

  /** To the second. Complete once it was {@link settle | settled}. */
  get lastRequestAtMs(): number {
    return this.lastAtSecond * 1_000;
  }

  /** The session goes on with this token; of several in use, each is counted in turn. */
  continueWith(token: CountedToken): void {
    if (token === this.token) return;
    this.settle();
    this.token = token;
  }

  /** Takes account of the token and lets go of it: its next use is a first one again. */
  settle(): void {
    const { token } = this;
    if (!token) return;
    this.counted += token.uses;
    this.lastAtSecond = Math.max(this.lastAtSecond, token.usedAtSecond);
    token.uses = 0;
    this.token = undefined;
  }

  /** Behind a proxy that is believed without being asked, an address is whatever the client says. */
  noteAddress(ipAddress: string | undefined): void {
    if (ipAddress === undefined || this.ipAddresses.length >= ACTIVITY_MAX_ADDRESSES) return;
    if (this.ipAddresses.includes(ipAddress)) return;
    if (isIP(ipAddress) !== 0) this.ipAddresses.push(ipAddress);
  }
}
