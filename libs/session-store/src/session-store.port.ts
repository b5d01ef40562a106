import type { EndedSession, NewSession, Session, SessionActivity, SessionChange, SessionRights } from './session.js';

/** One presentation of a refresh token. */
export interface RefreshMove {
  readonly userId: number;
  readonly sessionId: string;
  /** SHA-256 of the presented token, hex. */
  readonly presentedHash: string;
  /** SHA-256 of the successor to install, hex. */
  readonly successorHash: string;
  /** The answer that goes with the successor, sealed so that only the presented token opens it; text. */
  readonly sealedSuccessor: string;
  /** How long the immediate predecessor still yields the identical answer, in ms, counted once from the rotation. */
  readonly graceMs: number;
  /**
   * What the client calls this attempt, where it calls it anything. Its repetition, with the same token, yields the identical answer
   * for longer than the grace window: a thief of the token alone does not know it.
   */
  readonly attempt?: { readonly printHash: string; readonly keptMs: number } | undefined;
  /**
   * Whether the presented token proves that this system once issued it. Only then does a token that is neither current nor
   * the predecessor end the session; otherwise anybody who has seen a session id could end it with a made-up token.
   */
  readonly genuine: boolean;
  /**
   * The number the presented token carries: how many rotations of its session lie before it. `undefined` for a token from
   * before tokens were numbered. Looked at only when the token is genuine.
   */
  readonly rotation?: number | undefined;
  /**
   * The number of the successor, higher than any the session has had. Derived from the presented token, it is the same text
   * each time, so that a store that lost a rotation can tell the immediate predecessor by its successor.
   *
   * @default one more than the session has
   */
  readonly successorRotation?: number | undefined;
  /** Answers `ahead` instead of taking up a token newer than any the store knows. @default false */
  readonly tellAhead?: boolean;
}

export type RefreshOutcome =
  /** The successor is installed; the presented token is spent. */
  | { readonly kind: 'rotated'; readonly session: Session }
  /**
   * The predecessor came again within the grace window: hand out this answer again. `undefined` when the store has lost the
   * answer; the offered successor then is the one that was handed out.
   */
  | { readonly kind: 'replayed'; readonly session: Session; readonly sealedSuccessor: string | undefined }
  /** A spent token came back. The session has been ended in this same step; see {@link SessionStore.unconfirmedEnds}. */
  | { readonly kind: 'reused' }
  /** There is no such session: unknown, ended or past a deadline. */
  | { readonly kind: 'gone' }
  /** The session stands, the token was never part of it. Nothing changed. */
  | { readonly kind: 'foreign' }
  /**
   * We issued the token, and later than any the store knows of: the store has lost a rotation. Nothing changed. Told only to
   * whoever asks ({@link RefreshMove.tellAhead}); otherwise the token is taken for the current one.
   */
  | { readonly kind: 'ahead' };

export type OpenOutcome =
  /** It is open; `ended` holds the one that was to make room, if it was there. */
  | { readonly kind: 'opened'; readonly session: Session; readonly ended: readonly EndedSession[] }
  /** There is no room and nothing changed; the sessions that take it, newest first. */
  | { readonly kind: 'full'; readonly live: readonly Session[] };

/**
 * Live sessions. Every method is one atomic step, serialised with all others on the same user.
 *
 * Any method throws `SessionStoreUnavailable` when the store does not answer in time; the step may then have happened or
 * not, and repeating it is safe. Time is the store's own, so instances with different clocks agree.
 */
export abstract class SessionStore {
  /**
   * Opens a session and keeps the user within `maxSessions` by ending the oldest ones in the same step. Sessions in which somebody
   * acts in the user's place neither count nor end by it.
   *
   * @returns the session, and those it displaced (each also listed by {@link unconfirmedEnds} until confirmed).
   */
  abstract open(session: NewSession, maxSessions: number): Promise<{ session: Session; evicted: EndedSession[] }>;

  /**
   * Opens a session only where that leaves the user with no more than `maxSessions`, or with as many as before because one ends
   * for it: a limit that was lowered must not keep out who makes room. Displaces none that was not named. Sessions in which somebody acts in the user's place take no room: they come and go without them.
   *
   * @param endSessionId - one of the user's sessions, to end in the same step if the new one opens; listed by
   *   {@link unconfirmedEnds} until confirmed. One that is not live, or not theirs, makes no room.
   */
  abstract openWithin(session: NewSession, maxSessions: number, endSessionId?: string): Promise<OpenOutcome>;

  /** Whose session it is, or `undefined` when it is unknown or long gone. May still answer for an ended session. */
  abstract ownerOf(sessionId: string): Promise<number | undefined>;

  /** The session, or `undefined` once it has ended or passed a deadline, and for another user's session. */
  abstract find(userId: number, sessionId: string): Promise<Session | undefined>;

  /**
   * The session as {@link find} does, if this is its current refresh token; nothing is spent.
   *
   * @param tokenHash - SHA-256 of the token, hex
   */
  abstract findByRefreshToken(userId: number, sessionId: string, tokenHash: string): Promise<Session | undefined>;

  /** The user's live sessions, newest first. */
  abstract list(userId: number): Promise<Session[]>;

  /** Consumes a refresh token and installs its successor. */
  abstract rotate(move: RefreshMove): Promise<RefreshOutcome>;

  /**
   * Adds reported requests to their sessions and moves the idle deadline: to what follows from the last request, never back, and
   * never from a moment to come. Never revives an ended session: activity for one is dropped. Atomic per session, not over the
   * batch.
   */
  abstract recordActivity(batch: readonly SessionActivity[]): Promise<void>;

  /**
   * Changes what is told of a live session.
   *
   * @returns the session as it then is; `undefined` when it is not live, or another user's. Nothing is revived.
   */
  abstract amend(userId: number, sessionId: string, change: SessionChange): Promise<Session | undefined>;

  /**
   * Gives all live sessions of the user these rights, so that the next refresh hands them out. A session that has rights of
   * the same or a higher generation keeps its own: news may arrive out of order.
   */
  abstract changeRights(userId: number, rights: SessionRights): Promise<void>;

  /**
   * @param reason - kept where a history of sessions is kept
   * @returns `true` if this call ended it, `false` if it was already gone or is another user's.
   */
  abstract end(userId: number, sessionId: string, reason?: string): Promise<boolean>;

  /** Ends all sessions of the user but `keepSessionId`. @returns the ids it ended. */
  abstract endOthers(userId: number, keepSessionId: string | undefined, reason?: string): Promise<string[]>;

  /**
   * Sessions of the user that the store ended as part of another move and whose revocation is not known to be durable yet: a crash
   * between the step and its publication must not leave their tokens valid.
   */
  abstract unconfirmedEnds(userId: number): Promise<EndedSession[]>;

  /** Their revocation is durable; forget them. Unknown ids are ignored. */
  abstract confirmEnds(userId: number, sessionIds: readonly string[]): Promise<void>;

  /** Number of live sessions, for gauges. Best effort: may lag by the sweep interval. */
  abstract countLive(): Promise<number>;

  /** @throws {SessionStoreUnavailable} unless a write followed by a read of it succeeds. */
  abstract checkReadWrite(): Promise<void>;
}
