/** What the audit log knows about. */
export type AuditEventKind =
  | 'signup.succeeded'
  | 'signin.succeeded'
  | 'signin.failed'
  | 'signin.throttled'
  | 'stepup.succeeded'
  | 'stepup.failed'
  | 'signout'
  | 'session.revoked'
  | 'session.evicted'
  | 'session.changed'
  | 'refresh.reuse_detected'
  | 'access.denied'
  | 'limit.exceeded'
  | 'device.new'
  | 'device.removed'
  | 'email.verification_sent'
  | 'email.verified'
  | 'email.changed'
  | 'password.changed'
  | 'password.reset_requested'
  | 'password.reset'
  | 'profile.changed'
  | 'account.exported'
  | 'account.erasure_requested'
  | 'account.erasure_cancelled'
  | 'account.erased'
  | 'user.created'
  | 'user.imported'
  | 'user.disabled'
  | 'user.enabled'
  | 'user.reset_demanded'
  | 'roles.changed'
  | 'impersonation.started'
  | 'impersonation.ended'
  | 'service_account.created'
  | 'service_account.changed'
  | 'service_account.removed'
  | 'token.issued'
  | 'token.revoked'
  | 'token.introspected'
  | 'revocation.ordered'
  | 'policy.changed'
  | 'admin.read'
  | 'key.created'
  | 'key.activated'
  | 'key.retired'
  | 'key.revoked';

/** One security event. Holds no password, token or e-mail address: who it was is told by ids. */
export interface AuditEvent {
  readonly kind: AuditEventKind;
  /** Whom it is about; `undefined` when nobody was recognised. */
  readonly userId?: number;
  /** The user who did it to them; `undefined` when they did it themselves. */
  readonly actorId?: number;
  /** The client or service account that did it, where no person did. */
  readonly clientId?: string;
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
