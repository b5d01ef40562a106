/** Somebody who hears of our security events. */
export interface Receiver {
  /** In logs, figures and the database; chosen in the configuration. */
  readonly name: string;
  /** Where events are pushed to (RFC 8935). */
  readonly url: string;
  /** `aud` of what is sent there. */
  readonly audience: string;
  /** Presented as a bearer token; `undefined` where the receiver asks for none. */
  readonly token: string | undefined;
}
