import type { Duplex } from 'node:stream';
import type { RawHeaders } from '../headers/raw-headers.js';

/** Why an open tunnel ends from our side. */
export type TunnelEnd = 'session-ended' | 'going-away';

/** A connection that speaks another protocol now. */
export interface Tunnel {
  /** Says farewell in that protocol, then closes both sides. */
  end(why: TunnelEnd): void;
}

/** What an exchange asks an upstream to switch to, and who speaks it then. */
export interface Upgrade {
  readonly protocol: string;
  /** @param headers - of the upstream's 101 */
  open(headers: RawHeaders, upstream: Duplex): Tunnel;
}
