import { type BreachList, NoBreachList } from './breach-list.port.js';
import { isCommonPassword } from './common-passwords.js';
import type { PasswordRules } from './password-rules.js';
import { BreachedPassword, type PasswordWeakness, WeakPassword } from './passwords.errors.js';

/** Names of this system: an attacker tries them first. */
const OUR_NAMES = ['gatehouse', 'orders-auth-service', 'auth-service', 'orders-service'];

/**
 * What a new password must satisfy (ASVS 5.0 §6.2): length and not being guessable. No rules about kinds of characters, which
 * only make passwords predictable.
 */
export class PasswordPolicy {
  /**
   * @param rules - asked each time: they may change.
   * @param breaches - asked last, and only about a password that nothing else speaks against. @default nobody is asked
   */
  constructor(
    private readonly rules: PasswordRules,
    private readonly breaches: BreachList = new NoBreachList(),
  ) {}

  /**
   * For sign-up, change and reset; never for signing in, where an old password must go on working.
   *
   * @param context - what an attacker knows about the person: address, name.
   * @throws {WeakPassword} with every reason that holds.
   * @throws {BreachedPassword} when it is known from a breach. A list that does not answer refuses nothing.
   */
  async check(password: string, context: readonly string[]): Promise<void> {
    const { minLength, checksBreaches, refusedWords } = this.rules;
    const canonical = password.normalize('NFKC');
    const reasons: PasswordWeakness[] = [];
    if ([...canonical].length < minLength) reasons.push('too_short');
    if (isCommonPassword(canonical)) reasons.push('too_common');
    if (isAName(canonical, [...refusedWords, ...context.flatMap(partsOf)])) reasons.push('names_you_or_us');
    if (reasons.length > 0) throw new WeakPassword(reasons, minLength);
    // As typed: collections hold what people typed, not what we make of it.
    if (checksBreaches && (await this.breaches.has(password))) throw new BreachedPassword();
  }
}

/** Compared whole: a long phrase that merely mentions a name is no weaker for it. */
function isAName(password: string, names: readonly string[]): boolean {
  const [whole, bare] = [password.toLowerCase(), fold(password)];
  return [...OUR_NAMES, ...names].some(
    // Of an address made of digits nothing is left when folded; that must not forbid every number.
    (word) => word !== '' && (whole === word.normalize('NFKC').toLowerCase() || (bare !== '' && bare === fold(word))),
  );
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
