import type { CanonicalEmail } from './email-address.js';
import type { NewUser, User, UserChange, UserCondition, UserQuery } from './user.js';

/** Users, for ever. Every method throws `DatabaseUnavailable` when the database does not answer in time. */
export abstract class UserRepository {
  abstract findByEmail(email: CanonicalEmail): Promise<User | undefined>;

  abstract findById(id: number): Promise<User | undefined>;

  /**
   * Adds a user; of any number of writers with one canonical address exactly one succeeds.
   *
   * @throws {EmailTaken} for all others.
   */
  abstract create(user: NewUser): Promise<User>;

  /** Puts a fresh hash in place of `previousHash`. Does nothing when the password has been changed meanwhile. */
  abstract rehash(id: number, previousHash: string, nextHash: string): Promise<void>;

  /**
   * Changes a user in one step.
   *
   * @returns the user as it then is; `undefined`, with nothing changed, when there is none or `onlyIf` does not hold.
   * @throws {EmailTaken} when the new address, in whatever spelling, belongs to somebody else.
   */
  abstract change(id: number, change: UserChange, onlyIf?: UserCondition): Promise<User | undefined>;

  /** Erases a user. @returns whether there was one. */
  abstract remove(id: number): Promise<boolean>;

  /** Users in the order of their ids. */
  abstract page(query: UserQuery): Promise<User[]>;
}
