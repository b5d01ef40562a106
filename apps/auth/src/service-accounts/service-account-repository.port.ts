import type { ServiceAccount } from './service-account.js';

/** Service accounts, for ever. Every method throws `DatabaseUnavailable` when the database does not answer in time. */
export abstract class ServiceAccountRepository {
  abstract find(clientId: string): Promise<ServiceAccount | undefined>;

  /** Its id was drawn at random: that another account has it is a fault. */
  abstract add(account: ServiceAccount): Promise<void>;

  /**
   * Puts a changed account in place of the one it was made from.
   *
   * @param account - with the `version` it was read with; it is kept with the next one
   * @returns false, with nothing changed, when somebody else changed or removed it meanwhile.
   */
  abstract replace(account: ServiceAccount): Promise<boolean>;

  /** @returns whether there was one. */
  abstract remove(clientId: string): Promise<boolean>;

  /** Up to `limit` accounts in the order of their ids, beginning behind `afterId`. */
  abstract page(afterId: string, limit: number): Promise<readonly ServiceAccount[]>;
}
