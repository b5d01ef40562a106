import type { Clock } from '@gatehouse/kernel';
import type { AuditLog } from '../../audit/audit-log.port.js';
import { ExportNotFound } from '../accounts.errors.js';
import type { AccountTokens } from '../tokens/account-tokens.js';
import type { PersonalRecordsBook } from './personal-records.js';

/** How long an export can be fetched, in ms. */
export const EXPORT_TTL_MS = 3_600_000;

export interface ExportTicket {
  readonly id: string;
  readonly expiresAtMs: number;
}

export interface ExportCommand {
  readonly userId: number;
  readonly ipAddress: string;
  readonly requestId: string;
}

/**
 * Gives people everything that is held about them. Put together when it is fetched: a copy of somebody's whole account that
 * lies about for an hour would be one more thing to lose.
 */
export class ExportAccount {
  constructor(
    private readonly tokens: AccountTokens,
    private readonly book: PersonalRecordsBook,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /** @returns what to fetch it with; an earlier one stops working. */
  async order({ userId, ...place }: ExportCommand): Promise<ExportTicket> {
    const id = await this.tokens.mint(userId, 'export', EXPORT_TTL_MS);
    this.audit.record({ kind: 'account.exported', userId, ...place });
    return { id, expiresAtMs: this.clock.nowMs() + EXPORT_TTL_MS };
  }

  /**
   * @throws {ExportNotFound} also for somebody else's.
   * @throws {SessionStoreUnavailable} {DatabaseUnavailable}: all of it, or nothing.
   */
  async fetch(userId: number, id: string): Promise<Record<string, unknown>> {
    const ticket = await this.tokens.find('export', id);
    if (ticket?.userId !== userId) throw new ExportNotFound();
    return { exported_at: new Date(this.clock.nowMs()).toISOString(), ...(await this.book.about(userId)) };
  }
}
