import type { AuditEventKind } from './audit-event-kinds.js';

export const HOUR_MS = 3_600_000;

/** What tells events of a kind apart in the figures: a member of `details` that holds one of a handful of codes. */
const TOLD_APART_BY: Readonly<Partial<Record<AuditEventKind, string>>> = {
  'signin.failed': 'reason',
  'access.denied': 'code',
  'session.revoked': 'reason',
  'revocation.ordered': 'scope',
  'limit.exceeded': 'policy',
};

export interface Figure {
  readonly kind: string;
  /** Hours since 1970 (UTC). */
  readonly hour: number;
  readonly reason: string;
}

/** Which figure an event counts towards. */
export function figureOf(row: {
  readonly kind: string;
  readonly details: string | null;
  readonly occurredAtMs: number;
}): Figure {
  return { kind: row.kind, hour: Math.floor(row.occurredAtMs / HOUR_MS), reason: reasonOf(row.kind, row.details) };
}

function reasonOf(kind: string, details: string | null): string {
  const member = TOLD_APART_BY[kind as AuditEventKind];
  if (member === undefined || details === null) return '';
  try {
    const value = (JSON.parse(details) as Record<string, unknown>)[member];
    // Prose would make a row of its own each time.
    return typeof value === 'string' && /^[A-Za-z_.-]{1,40}$/.test(value) ? value : '';
  } catch {
    return '';
  }
}
