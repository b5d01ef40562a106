import type { Clock } from '@gatehouse/kernel';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { RestoreTokenInvalid } from '../accounts.errors.js';
import type { AccountTokens } from '../tokens/account-tokens.js';

export interface RestoreAccountCommand {
  readonly token: string;
  readonly ipAddress: string;
  readonly requestId: string;
}

/** Takes back the erasure of an account, with the link that was mailed when it was asked for. Signs nobody in. */
export class RestoreAccount {
  constructor(
    private readonly users: UserRepository,
    private readonly tokens: AccountTokens,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws {RestoreTokenInvalid} also once the erasure has begun.
   * @throws {DatabaseUnavailable}; the same link does the rest.
   */
  async run({ token, ...place }: RestoreAccountCommand): Promise<void> {
    const found = await this.tokens.find('restore_account', token);
    const user = found && (await this.users.findById(found.userId));
    // From its day on it may be half gone: an erasure that broke off goes on.
    if (!user || user.eraseAtMs === null || user.eraseAtMs <= this.clock.nowMs()) throw new RestoreTokenInvalid();
    const unchanged = { tokenGeneration: user.tokenGeneration };
    const kept = await this.users.change(user.id, { eraseAtMs: null, raiseGeneration: true }, unchanged);
    if (!kept) throw new RestoreTokenInvalid();
    const details = { by: 'link' };
    this.audit.record({ kind: 'account.erasure_cancelled', userId: user.id, ...place, details });
    // Last, so that a link is not used up for nothing. Of any number of uses the generation lets one through.
    await this.tokens.consume('restore_account', token);
  }
}
