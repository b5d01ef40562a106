/** An administrator acting in a person's place. */
export interface Impersonation {
  /** The session opened for it. */
  readonly sessionId: string;
  readonly userId: number;
  readonly actorId: number;
  /** The administrator's own session: it ends with that one. */
  readonly actorSessionId: string;
  readonly reason: string;
  readonly startedAtMs: number;
  readonly expiresAtMs: number;
}

/** Who acts in whose place. Methods throw `DatabaseUnavailable` when the database does not answer in time. */
export abstract class ImpersonationLedger {
  abstract add(impersonation: Impersonation): Promise<void>;

  /** Those not ended yet that one of these sessions is for, or that one of these sessions or people has begun. */
  abstract concernedBy(sessionIds: readonly string[], actorIds: readonly number[]): Promise<Impersonation[]>;

  /** Those that have run out by then and are not noted as ended; the oldest first, at most `most`. */
  abstract runOut(nowMs: number, most: number): Promise<Impersonation[]>;

  /** Notes that one has ended. Of any number of callers exactly one hears `true`. */
  abstract end(sessionId: string, endedAtMs: number): Promise<boolean>;
}
