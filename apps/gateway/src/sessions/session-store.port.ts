import type { SessionRecord } from './gateway-session.js';

/** A session as it is kept: what may be read by whoever looks, and the tokens, which may not. */
export interface StoredSession {
  readonly record: SessionRecord;
  /** See `TokenSeals`. Sealed for exactly this session and generation. */
  readonly sealedTokens: string;
}

/** What only one instance at a time should do for a session. Losing a lease costs a wasted call, never a session. */
export type LeaseName = 'refresh' | 'provider-refresh';

/**
 * Where the gateways keep their sessions.
 *
 * A session is there until it is removed, until nobody has used it for as long as the store's idle time, or until its absolute
 * end, whichever comes first; by the store's own clock, so that instances need not agree on the time. What is gone stays gone:
 * no method brings it back, whatever was under way.
 *
 * @throws {SessionStoreUnavailable} from every method, within a second, when the store does not answer. The step may or may not
 *   have been done.
 */
export abstract class SessionStore {
  /** Both halves of one moment, or `undefined` where there is no such session any more. */
  abstract find(sid: string): Promise<StoredSession | undefined>;

  /** @returns `false`, and changes nothing, where a session of this id is or has just been, or where its end has passed. */
  abstract create(session: StoredSession): Promise<boolean>;

  /**
   * Compare-and-set: takes new tokens for a session that is still there in exactly this generation, and raises it by one.
   *
   * @param sealedTokens - sealed for `generation + 1`
   * @returns `false`, and changes nothing, where the session is gone or somebody was faster.
   */
  abstract replaceTokens(sid: string, generation: number, sealedTokens: string): Promise<boolean>;

  /** Notes that it was used, and begins its idle time anew. @returns `false` where it is gone. */
  abstract touch(sid: string, lastSeenAtMs: number): Promise<boolean>;

  /** @returns whether this call removed it. Harmless to repeat. */
  abstract remove(sid: string): Promise<boolean>;

  /** @returns whether `owner` has the lease now. It has not where anybody has it, itself included. */
  abstract acquireLease(sid: string, name: LeaseName, owner: string, forMs: number): Promise<boolean>;

  /** @returns `false` where it was lost meanwhile. */
  abstract renewLease(sid: string, name: LeaseName, owner: string, forMs: number): Promise<boolean>;

  /** Does nothing to the lease of somebody else. */
  abstract releaseLease(sid: string, name: LeaseName, owner: string): Promise<void>;

  /** For figures; may lag by a moment. Of all calls by all instances one counts a session as expired. */
  abstract count(): Promise<SessionCount>;

  abstract checkReadWrite(): Promise<void>;
}

export interface SessionCount {
  readonly live: number;
  /** Ended by time, idle or absolute, since the last call. */
  readonly newlyExpired: number;
}

/** How long an ended session's id is kept from being taken again: longer than anything that was under way at its end. */
export const GONE_FOR_MS = 300_000;
