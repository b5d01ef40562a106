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
  ) {}

  /**
   * @throws {RestoreTokenInvalid} also once the erasure has begun.
   * @throws {DatabaseUnavailable}
   */
  async run({ token, ...place }: RestoreAccountCommand): Promise<void> {
    const taken = await this.tokens.consume('restore_account', token);
    const user = taken && (await this.users.findById(taken.userId));
    if (!user || user.eraseAtMs === null) throw new RestoreTokenInvalid();
    const unchanged = { tokenGeneration: user.tokenGeneration };
    const kept = await this.users.change(user.id, { eraseAtMs: null, raiseGeneration: true }, unchanged);
    if (!kept) throw new RestoreTokenInvalid();
    const details = { by: 'link' };
    this.audit.record({ kind: 'account.erasure_cancelled', userId: user.id, ...place, details });
  }
}
