/** What a new password must satisfy, as it is right now: it may change while the service runs. */
export interface PasswordRules {
  /** In code points, of the NFKC form that is hashed. */
  readonly minLength: number;
  /** Whether the list of breached passwords is asked. */
  readonly checksBreaches: boolean;
  /** Words it must not be, beside the names of this system. */
  readonly refusedWords: readonly string[];
}

/** No configuration and no policy asks for less (ASVS 5.0 §6.2.1). */
export const LEAST_PASSWORD_LENGTH = 8;
/** And none for more: what must be allowed must not be asked (ASVS 5.0 §6.2.9). */
export const MOST_ASKED_LENGTH = 64;
