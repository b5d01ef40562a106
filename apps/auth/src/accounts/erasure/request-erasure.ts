import type { Clock } from '@gatehouse/kernel';
import { SessionExpired } from '../../access/access.errors.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { Post } from '../../mail/post.js';
import type { EndUserSessions } from '../../revocations/end-user-sessions.js';
import type { RightsStore } from '../../roles/rights-store.port.js';
import { LastAdmin } from '../../roles/roles.errors.js';
import type { AccountSettings } from '../account-settings.js';
import type { EraseAccounts } from './erase-accounts.js';

export interface RequestErasureCommand {
  readonly userId: number;
  readonly ipAddress: string;
  readonly requestId: string;
}

export interface ErasureRequested {
  readonly eraseAtMs: number;
  readonly revocationId: string;
}

/** Ends all sessions of a person who wants to be forgotten, and sets the day. */
export class RequestErasure {
  constructor(
    private readonly rights: Pick<RightsStore, 'scheduleErasure'>,
    private readonly endSessions: EndUserSessions,
    private readonly eraseAccounts: EraseAccounts,
    private readonly post: Post,
    private readonly audit: AuditLog,
    private readonly settings: AccountSettings,
    private readonly clock: Clock,
  ) {}

  /**
   * Asked again, the day stays the one of the first time.
   *
   * @throws {SessionExpired} when the account is gone.
   * @throws {LastAdmin}
   * @throws {DatabaseUnavailable}
   */
  async run({ userId, ...place }: RequestErasureCommand): Promise<ErasureRequested> {
    const wished = this.clock.nowMs() + this.settings.erasureDelayMs;
    const outcome = await this.rights.scheduleErasure(userId, wished);
    if (outcome.kind === 'unknown-user') throw new SessionExpired();
    if (outcome.kind === 'last-admin') throw new LastAdmin();
    const { eraseAtMs } = outcome;
    this.audit.record({ kind: 'account.erasure_requested', userId, ...place });
    const isDelayed = this.settings.erasureDelayMs > 0;
    // Before the sessions end: whoever has none left cannot ask again, and would hear of neither the day nor the way back.
    if (isDelayed) await this.post.order({ kind: 'erasure_requested', userId });
    const { revocationId } = await this.endSessions.run({ userId, reason: 'account_deleted', ...place });
    if (!isDelayed) await this.eraseAccounts.erase(userId);
    return { eraseAtMs, revocationId };
  }
}
