import type { GatewaySession } from '../gateway-session.js';

/** What became of an attempt to renew the tokens of a session. */
export type RefreshOutcome =
  /** They were renewed, by us or by somebody else; or there is nothing to renew. */
  | { readonly kind: 'current'; readonly session: GatewaySession }
  /** The session is over, and gone from the store. */
  | { readonly kind: 'ended'; readonly reason: string }
  /** Nobody answered. The session stands; whoever needs other tokens must wait. */
  | { readonly kind: 'unavailable'; readonly retryAfterSeconds: number };
