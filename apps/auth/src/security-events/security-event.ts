/** What may happen, in the last word of its CAEP 1.0 address. */
export const SECURITY_EVENT_TYPES = ['session-revoked', 'credential-change'] as const;
export type SecurityEventType = (typeof SECURITY_EVENT_TYPES)[number];

/** Who began it: `initiating_entity` of CAEP 1.0 §2. */
export type Initiator = 'admin' | 'user' | 'policy' | 'system';

/** Something that receivers are to hear of. Holds ids and codes only. */
export interface SecurityEvent {
  /** Grows in the order of telling. */
  readonly position: number;
  /** `jti` (RFC 8417 §2.2). The same however often it is sent, and never another's, in a restored database either. */
  readonly id: string;
  /** `txn`: what several events have in common that come of one act. `null` when there is nothing of the kind. */
  readonly actId: string | null;
  readonly type: SecurityEventType;
  readonly userId: number | null;
  /** The one session that ended; `null` when it is all of them. */
  readonly sessionId: string | null;
  /** The device whose sessions ended; `null` when that does not matter. */
  readonly deviceId: string | null;
  /** `null` where the act does not tell. */
  readonly initiator: Initiator | null;
  readonly happenedAtMs: number;
}
