/** What the account rooms go by. */
export abstract class AccountSettings {
  /** Where links in mail lead, without a slash at the end. From the configuration, never from a request. */
  abstract readonly appUrl: string;
  abstract readonly requireVerifiedEmail: boolean;
  /** Sign-up answers alike for known and unknown addresses. */
  abstract readonly enumerationSafe: boolean;
  abstract readonly resetTtlMs: number;
  abstract readonly verificationTtlMs: number;
  abstract readonly erasureDelayMs: number;
}
