import type { AuditEventKind } from '../audit/audit-event-kinds.js';

/** What the lines of a report count. */
export type Lines = Readonly<Record<string, readonly AuditEventKind[]>>;

/** The reports of the dashboard, line by line. */
export const REPORTS = {
  sessions: {
    opened: ['signin.succeeded'],
    signed_out: ['signout'],
    ended: ['session.revoked'],
    displaced: ['session.evicted'],
    stolen: ['refresh.reuse_detected'],
  },
  logins: {
    succeeded: ['signin.succeeded'],
    failed: ['signin.failed'],
    throttled: ['signin.throttled'],
    signed_up: ['signup.succeeded'],
    step_ups: ['stepup.succeeded'],
    failed_step_ups: ['stepup.failed'],
  },
  revocations: {
    sessions: ['signout', 'session.revoked', 'session.evicted', 'refresh.reuse_detected'],
    tokens: ['token.revoked'],
    ordered: ['revocation.ordered'],
    keys: ['key.revoked'],
  },
  devices: {
    new: ['device.new'],
    removed: ['device.removed'],
  },
} as const satisfies Readonly<Record<string, Lines>>;

export type ReportName = keyof typeof REPORTS;
