import type { PasswordRules } from '../../passwords/password-rules.js';
import { type LivePolicy, withinBounds } from './live-policy.js';
import { PasswordPolicyDto } from './password-policy.dto.js';

/** What the policy `password` says. */
export interface PasswordPolicyDocument {
  readonly min_length: number;
  readonly check_breaches: boolean;
  readonly refused_words: readonly string[];
}

/** What a new password must satisfy: as configured, until a policy says otherwise. */
export class LivePasswordRules implements PasswordRules, LivePolicy<PasswordPolicyDocument> {
  readonly name = 'password';
  private current: PasswordPolicyDocument;

  constructor(private readonly configured: PasswordPolicyDocument) {
    this.current = configured;
  }

  get policy(): PasswordPolicyDocument {
    return this.current;
  }

  apply(document: Partial<PasswordPolicyDocument> | undefined): void {
    this.current = withinBounds(PasswordPolicyDto, this.configured, document);
  }

  get minLength(): number {
    return this.current.min_length;
  }

  get checksBreaches(): boolean {
    return this.current.check_breaches;
  }

  get refusedWords(): readonly string[] {
    return this.current.refused_words;
  }
}
