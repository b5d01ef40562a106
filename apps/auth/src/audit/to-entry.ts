import type { AuditEntry } from './audit-trail.port.js';
import type { NewRow } from './new-row.js';

/** A row as readers see it. */
export function toEntry(row: NewRow & { readonly seq: number | null }): AuditEntry {
  const { eventId, seq, kind, userId, actorId, clientId, sessionId, ipAddress, requestId, occurredAtMs } = row;
  const details = detailsOf(row.details);
  return { eventId, seq, kind, userId, actorId, clientId, sessionId, ipAddress, requestId, details, occurredAtMs };
}

/** What somebody put into the table by hand need not be JSON; it must still be possible to look at. */
function detailsOf(text: string | null): Readonly<Record<string, unknown>> {
  if (text === null) return {};
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : { text };
  } catch {
    return { text };
  }
}
