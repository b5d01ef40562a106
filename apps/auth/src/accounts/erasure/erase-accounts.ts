import type { Clock } from '@gatehouse/kernel';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { EndUserSessions } from '../../revocations/end-user-sessions.js';
import type { User } from '../../users/user.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import type { PersonalRecordsBook } from '../personal-records/personal-records.js';

const BATCH = 50;

/** Erases the accounts whose day has come. Any number of instances may do so at once, and any may die on the way. */
export class EraseAccounts {
  constructor(
    private readonly users: UserRepository,
    private readonly endSessions: EndUserSessions,
    private readonly book: PersonalRecordsBook,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @returns how many this call has erased.
   * @throws {DatabaseUnavailable}; what is left, the next call does.
   */
  async run(signal?: AbortSignal): Promise<number> {
    let erased = 0;
    let afterId = 0;
    for (;;) {
      const due = await this.users.page({ limit: BATCH, afterId, eraseBeforeMs: this.clock.nowMs() });
      for (const user of due) {
        if (signal?.aborted) return erased;
        if (await this.eraseUnlessKept(user)) erased++;
      }
      if (due.length < BATCH) return erased;
      afterId = due.at(-1)?.id ?? afterId;
    }
  }

  /** Erases one account now, if its day has come. */
  async erase(userId: number): Promise<boolean> {
    const user = await this.users.findById(userId);
    const isDue = user?.eraseAtMs !== undefined && user.eraseAtMs !== null && user.eraseAtMs <= this.clock.nowMs();
    return isDue ? this.eraseUnlessKept(user) : false;
  }

  /** @returns whether this call has erased it, rather than another instance. */
  private async eraseUnlessKept(user: User): Promise<boolean> {
    // From here on nobody signs in. Whoever has signed in since it was read has raised the generation, and keeps the account.
    const unchanged = { tokenGeneration: user.tokenGeneration };
    if (!(await this.users.change(user.id, { disabledAtMs: this.clock.nowMs() }, unchanged))) return false;
    await this.endSessions.run({ userId: user.id, reason: 'account_deleted' });
    await this.book.forget(user.id);
    // Last: while the row is there, an instance that died is made up for by the next round.
    if (!(await this.users.remove(user.id))) return false;
    this.audit.record({ kind: 'account.erased', userId: user.id });
    return true;
  }
}
