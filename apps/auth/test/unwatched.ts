import type { AuditWatch } from '../src/audit/audit-watch.js';

/** Nobody is told what becomes of audit events. */
export const unwatched: AuditWatch = {
  written: () => undefined,
  failed: () => undefined,
  lost: () => undefined,
  leftOut: () => undefined,
  flawed: () => undefined,
};
