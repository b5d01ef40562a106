import type { LoginTransaction } from '../client/oidc-client.port.js';
import type { PassportRequest } from './exchange.js';

/** Keeps what a sign-in has begun with, between the redirect to the provider and the return, bound to the browser. */
export abstract class TransactionStore {
  /** @param request whose response may be given a cookie. */
  abstract keep(request: PassportRequest, transaction: LoginTransaction): Promise<void>;

  /**
   * The transaction, once. Undefined where this browser began no sign-in with that state, or it was taken before.
   */
  abstract take(request: PassportRequest, state: string): Promise<LoginTransaction | undefined>;
}
