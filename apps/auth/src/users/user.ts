import type { CanonicalEmail } from './email-address.js';

/** What a person has chosen for their own sessions; `null` where they leave it to the service. Never widens what the service allows. */
export interface OwnSessionLimits {
  readonly maxSessions: number | null;
  readonly idleSeconds: number | null;
  readonly absoluteSeconds: number | null;
}

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
  /** When the person showed that the address is theirs; `null` while they have not. */
  readonly emailVerifiedAtMs: number | null;
  /** `null` while it is the one of the sign-up. */
  readonly passwordChangedAtMs: number | null;
  /** No sign-in until the password has been reset. */
  readonly mustResetPassword: boolean;
  /** When the account will be erased, at its owner's wish; `null` when it stays. */
  readonly eraseAtMs: number | null;
  readonly ownSessionLimits: OwnSessionLimits;
}

export interface NewUser {
  readonly email: string;
  readonly emailCanonical: CanonicalEmail;
  readonly passwordHash: string;
  readonly name: string | null;
  readonly roles: readonly string[];
  /** When the person signed up elsewhere, in ms. @default now */
  readonly createdAtMs?: number;
  /** @default null */
  readonly emailVerifiedAtMs?: number | null;
  /** @default false */
  readonly mustResetPassword?: boolean;
  /** @default null */
  readonly disabledAtMs?: number | null;
  /** @default null */
  readonly eraseAtMs?: number | null;
}

/**
 * What may change of a user; what is left out stays. Other roles, or being disabled or enabled, raise the token generation in
 * the same step.
 */
export interface UserChange {
  /** Both spellings of the address go together. */
  readonly address?: { readonly email: string; readonly emailCanonical: CanonicalEmail };
  readonly emailVerifiedAtMs?: number | null;
  readonly name?: string | null;
  readonly roles?: readonly string[];
  readonly disabledAtMs?: number | null;
  readonly passwordHash?: string;
  readonly passwordChangedAtMs?: number;
  readonly mustResetPassword?: boolean;
  readonly eraseAtMs?: number | null;
  /** Of these, too, what is left out stays. */
  readonly ownSessionLimits?: Partial<OwnSessionLimits>;
  /** Raises the token generation although no right changes: all tokens of before are then refused. */
  readonly raiseGeneration?: true;
}

/** What a user must still be for a change to happen. */
export interface UserCondition {
  readonly passwordHash?: string;
  readonly emailCanonical?: CanonicalEmail;
  readonly tokenGeneration?: number;
  readonly mustResetPassword?: boolean;
}

/** A page of users in the order of their ids. */
export interface UserQuery {
  /** Id to begin behind. @default 0 */
  readonly afterId?: number;
  /** 1 to 1,000. */
  readonly limit: number;
  /** What the canonical address begins with. */
  readonly emailPrefix?: string;
  /** Only those to be erased by then, in ms. */
  readonly eraseBeforeMs?: number;
}
