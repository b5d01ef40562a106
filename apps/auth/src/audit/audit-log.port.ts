import type { AuditEventKind } from './audit-event-kinds.js';

export type { AuditEventKind };

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
  /** Of the request that did it. With it, a request waits for its own events where their kind asks for that. */
  readonly requestId?: string;
  /** Why it failed, or other facts. Codes, not prose. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
}

/**
 * Who did what.
 *
 * Most events are written behind the request they are about, in order. They are lost if the process dies first, or if the
 * database stays away longer than the buffer lasts; both are told. Events of the kinds that `isWrittenBeforeTheAnswer` names are
 * safe before the client hears of what they are about, provided they carry the `requestId`.
 */
export abstract class AuditLog {
  /** Never throws and never waits. */
  abstract record(event: AuditEvent): void;

  /**
   * Resolves once the event can no longer be lost. Call it before an act that must not happen unrecorded: when it throws, do
   * not act. An event whose write was in doubt may then be in the log all the same.
   *
   * @throws {DatabaseUnavailable} when it could not be written in time; it is not tried again.
   */
  abstract recordDurably(event: AuditEvent): Promise<void>;

  /**
   * Resolves once nothing waits that this request recorded and that must be safe before its answer.
   *
   * @throws {DatabaseUnavailable} when that takes too long; the events stay in line.
   */
  abstract settle(requestId: string): Promise<void>;

  /** Resolves when everything recorded so far has been written or given up. */
  abstract flush(): Promise<void>;
}
