import { asForeign } from '../passwords/foreign/imported-hash.js';
import type { ImportedPerson } from '../user-import/imported-person.js';
import type { User } from '../users/user.js';

/**
 * A user as a line of an import. What an import takes for granted where it is absent is left out.
 *
 * @param withHash - whoever has it can try passwords at their leisure
 */
export function lineOf(user: User, withHash: boolean): string {
  const hash = withHash ? asForeign(user.passwordHash) : undefined;
  const person: ImportedPerson = {
    email: user.email,
    ...(user.name === null ? {} : { name: user.name }),
    roles: [...user.roles],
    email_verified: user.emailVerifiedAtMs !== null,
    ...(hash === undefined ? {} : { password_hash: hash }),
    created_at: new Date(user.createdAtMs).toISOString(),
    ...(user.mustResetPassword ? { must_reset_password: true } : {}),
    ...(user.disabledAtMs === null ? {} : { disabled: true }),
    ...(user.eraseAtMs === null ? {} : { erase_at: new Date(user.eraseAtMs).toISOString() }),
  };
  return `${JSON.stringify(person)}\n`;
}
