import type { AuditEventKind } from './audit-event-kinds.js';

/** An event as it was written. */
export interface AuditEntry {
  /** Same in every copy of the log; `null` for events from before there was a chain. */
  readonly eventId: string | null;
  /** Place in the chain; `null` while the event has none. */
  readonly seq: number | null;
  /** Of a newer version, perhaps: not always one this version knows. */
  readonly kind: string;
  readonly userId: number | null;
  readonly actorId: number | null;
  readonly clientId: string | null;
  readonly sessionId: string | null;
  readonly ipAddress: string | null;
  readonly requestId: string | null;
  readonly details: Readonly<Record<string, unknown>>;
  readonly occurredAtMs: number;
}

/** Entries of one page at the most. */
export const MAX_AUDIT_PAGE = 200;

/** What to look for. Everything given must fit. */
export interface AuditQuery {
  /** Whom it was about. */
  readonly userId?: number;
  /** Who did it to somebody else. */
  readonly actorId?: number;
  readonly clientId?: string;
  /** One of these. */
  readonly kinds?: readonly AuditEventKind[];
  /** From here on. */
  readonly fromMs?: number;
  /** Before this. */
  readonly untilMs?: number;
  /** `nextCursor` of the page before. */
  readonly cursor?: string;
  /** 1 to {@link MAX_AUDIT_PAGE}. */
  readonly limit: number;
}

export interface AuditPage {
  /** Newest first. */
  readonly entries: readonly AuditEntry[];
  /** Leads to older ones; `undefined` on the last page. */
  readonly nextCursor: string | undefined;
}

/** Reads what `AuditLog` wrote. What was recorded a moment ago may still be on its way. */
export abstract class AuditTrail {
  /**
   * @throws {InvalidCursor} for a cursor that none of these pages gave out.
   * @throws {DatabaseUnavailable}
   */
  abstract page(query: AuditQuery): Promise<AuditPage>;
}
