import { isCommonPassword } from './common-passwords.js';
import { type PasswordWeakness, WeakPassword } from './passwords.errors.js';

/** Names of this system: an attacker tries them first. */
const OUR_NAMES = ['gatehouse', 'orders-auth-service', 'auth-service', 'orders-service'];

/**
 * What a new password must satisfy (ASVS 5.0 §6.2): length and not being guessable. No rules about kinds of characters, which
 * only make passwords predictable.
 */
export class PasswordPolicy {
  /** @param minLength - in code points, of the NFKC form that is hashed. */
  constructor(private readonly minLength: number) {}

  /**
   * @param context - what an attacker knows about the person: address, name.
   * @throws {WeakPassword} with every reason that holds.
   */
  check(password: string, context: readonly string[]): void {
    const canonical = password.normalize('NFKC');
    const reasons: PasswordWeakness[] = [];
    if ([...canonical].length < this.minLength) reasons.push('too_short');
    if (isCommonPassword(canonical)) reasons.push('too_common');
    if (namesContext(canonical, context)) reasons.push('names_you_or_us');
    if (reasons.length > 0) throw new WeakPassword(reasons, this.minLength);
  }
}

/** Compared whole: a long phrase that merely mentions a name is no weaker for it. */
function namesContext(password: string, context: readonly string[]): boolean {
  const bare = fold(password);
  return [...OUR_NAMES, ...context.flatMap(partsOf)].some((word) => word !== '' && bare === fold(word));
}

function partsOf(text: string): string[] {
  const [localPart = '', domain = ''] = text.split('@');
  return [text, localPart, domain, ...localPart.split(/[.+_-]/)];
}

/** `John.Doe1` and `john-doe` are one guess: case, separators and a trailing number do not count. */
function fold(text: string): string {
  return text
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s._+-]/g, '')
    .replace(/\d+$/, '');
}
