import type { LoginTransaction } from '@gatehouse/oidc';

/** A browser that is at a provider. */
export interface PendingLogin {
  readonly transaction: LoginTransaction;
  /** Path of this site; checked when the login began. */
  readonly returnTo: string;
  /** Of the secret in the browser the login began in; see the login's browser binding. */
  readonly browserHash: string;
}

/** A login that nobody has come back from after this time is forgotten, in ms. */
export const PENDING_LOGIN_MS = 600_000;

/** Logins under way, by their `state`. */
export abstract class PendingLogins {
  /** Keeps it for {@link PENDING_LOGIN_MS}. @throws {SessionStoreUnavailable} */
  abstract keep(login: PendingLogin): Promise<void>;

  /**
   * Gives a login out once, whatever comes of it, and however many ask at the same moment.
   *
   * @returns `undefined` for a state nobody began, that was taken before, or that took too long.
   * @throws {SessionStoreUnavailable}
   */
  abstract take(state: string): Promise<PendingLogin | undefined>;
}
