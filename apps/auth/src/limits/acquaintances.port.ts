import type { CanonicalEmail } from '../users/email-address.js';

/** Who knocks, before any password is looked at. */
export interface Knock {
  /** The account that is meant; it need not exist. */
  readonly account: CanonicalEmail;
  /** See `addressNetwork`. */
  readonly network: string;
  /** The credential of a device, as sent; unchecked. */
  readonly deviceToken: string | undefined;
}

/** How an account knows somebody. */
export type Acquaintance =
  /** By the credential of a device it was signed in on: a secret only that device has. */
  | { readonly kind: 'device'; readonly id: string }
  /** Only by the network one of its devices was last seen in; others may be there too. */
  | { readonly kind: 'network' };

/** Tells whom an account knows, so that strangers cannot use up what its owner needs to get in. */
export abstract class Acquaintances {
  /**
   * Takes the same work for accounts that exist and for those that do not.
   *
   * @returns `undefined` for a stranger, for an account that does not exist, and while nobody can tell.
   */
  abstract recognise(knock: Knock): Promise<Acquaintance | undefined>;
}
