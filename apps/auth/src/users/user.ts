import type { CanonicalEmail } from './email-address.js';

/** A person who can sign in. */
export interface User {
  readonly id: number;
  /** As typed at sign-up; for display and for mail. */
  readonly email: string;
  /** PHC string (argon2id with its parameters and salt). */
  readonly passwordHash: string;
  readonly name: string | null;
  readonly roles: readonly string[];
  /** Grows when the person's rights change; tokens of a lower generation are then refused. */
  readonly tokenGeneration: number;
  readonly disabledAtMs: number | null;
  readonly createdAtMs: number;
}

export interface NewUser {
  readonly email: string;
  readonly emailCanonical: CanonicalEmail;
  readonly passwordHash: string;
  readonly name: string | null;
  readonly roles: readonly string[];
}
