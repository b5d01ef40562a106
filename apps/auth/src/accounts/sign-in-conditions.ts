import type { AppError } from '@gatehouse/failures';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { User } from '../users/user.js';
import type { UserRepository } from '../users/user-repository.port.js';
import { EmailNotVerified, PasswordResetRequired } from './accounts.errors.js';

/** Where and in which request somebody signs in. */
export interface SignInPlace {
  readonly ipAddress: string;
  readonly requestId: string;
}

export interface SignInRefusal {
  /** For the audit log. */
  readonly reason: 'reset_demanded' | 'email_not_verified';
  readonly failure: AppError;
}

/** What an account asks for beside the right password. Only ever asked after it, since the answers tell about the account. */
export class SignInConditions {
  constructor(
    private readonly users: UserRepository,
    private readonly audit: AuditLog,
    private readonly requireVerifiedEmail: boolean,
  ) {}

  /** `undefined` when nothing stands in the way. */
  refusalOf(user: User): SignInRefusal | undefined {
    if (user.mustResetPassword) return { reason: 'reset_demanded', failure: new PasswordResetRequired() };
    if (this.requireVerifiedEmail && user.emailVerifiedAtMs === null) {
      return { reason: 'email_not_verified', failure: new EmailNotVerified() };
    }
    return undefined;
  }

  /**
   * Whoever signs in to an account that is to be erased has thought better of it.
   *
   * @returns the user as they then are; `undefined` when the erasure has begun and nobody can sign in any more.
   * @throws {DatabaseUnavailable}
   */
  async keep(user: User, place: SignInPlace): Promise<User | undefined> {
    if (user.eraseAtMs === null) return user;
    // The erasure begins by raising the generation: of the two, one comes first.
    const unchanged = { tokenGeneration: user.tokenGeneration };
    const kept = await this.users.change(user.id, { eraseAtMs: null, raiseGeneration: true }, unchanged);
    if (kept) {
      const { ipAddress, requestId } = place;
      const details = { by: 'sign_in' };
      this.audit.record({ kind: 'account.erasure_cancelled', userId: user.id, ipAddress, requestId, details });
    }
    return kept;
  }
}
