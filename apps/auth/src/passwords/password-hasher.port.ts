/**
 * Turns passwords into hashes. Works on a bounded number at a time and holds a bounded number waiting; beyond that it throws
 * `Overloaded` at once, so that a flood of sign-ins costs others nothing but their place in the queue.
 */
export abstract class PasswordHasher {
  /** Hash of nobody's password, as costly to check as any. */
  abstract readonly decoyHash: string;

  abstract hash(password: string): Promise<string>;

  /** `false` for a wrong password and for a hash nobody could have made. */
  abstract matches(password: string, hash: string): Promise<boolean>;

  /** Whether the hash was made with weaker parameters than are used today. */
  abstract needsRehash(hash: string): boolean;
}
