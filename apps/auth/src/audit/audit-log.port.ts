/** What the audit log knows about. */
export type AuditEventKind =
  | 'signup.succeeded'
  | 'signin.succeeded'
  | 'signin.failed'
  | 'signout'
  | 'session.revoked'
  | 'session.evicted'
  | 'refresh.reuse_detected'
  | 'key.created';

/** One security event. Holds no password, token or e-mail address: who it was is told by ids. */
export interface AuditEvent {
  readonly kind: AuditEventKind;
  /** `undefined` when nobody was recognised. */
  readonly userId?: number;
  readonly sessionId?: string;
  readonly ipAddress?: string;
  readonly requestId?: string;
  /** Why it failed, or other facts. Codes, not prose. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Who did what. Recording never delays or fails the request it is about: events are written in the background, in order,
 * and are lost if the process dies before or if the database stays away longer than the buffer lasts (counted and logged).
 */
export abstract class AuditLog {
  abstract record(event: AuditEvent): void;

  /** Resolves when everything recorded so far has been written or given up. */
  abstract flush(): Promise<void>;
}
