import type { VerifiedAccessToken } from '../tokens/claims.js';
import { SeenSession } from './seen-session.js';

/** Sessions remembered between two reports, some 400 bytes each. Beyond, the one counted longest ago is given up. */
export const MAX_TALLIED_SESSIONS = 10_000;

/**
 * Counts requests per session until somebody takes the counts away. It is bounded, and what it had to give up is counted too.
 * Each token remembers where its session is counted, so that a request costs three writes and no look-up.
 */
export class ActivityTally {
  private readonly sessions = new Map<string, SeenSession>();
  /** Requests that will be told to nobody. */
  private dropped = 0;

  constructor(private readonly maxSessions = MAX_TALLIED_SESSIONS) {}

  /** Sessions with something to tell. */
  get size(): number {
    return this.sessions.size;
  }

  get droppedRequests(): number {
    return this.dropped;
  }

  /**
   * Counts one request of a person. Services have no session.
   *
   * @param ipAddress - from where it came, as far as that is known
   */
  note(token: VerifiedAccessToken, nowMs: number, ipAddress: string | undefined): void {
    if (token.isOfService) return;
    let { seen } = token;
    if (seen === undefined || !seen.isOpen) seen = this.enter(token);
    seen.count(nowMs, ipAddress);
  }

  /** Takes out the sessions counted longest ago. */
  take(most: number): SeenSession[] {
    const taken: SeenSession[] = [];
    for (const session of this.sessions.values()) {
      if (taken.length >= most) break;
      this.close(session);
      taken.push(session);
    }
    return taken;
  }

  /** They could not be told. */
  giveUp(requests: number): void {
    this.dropped += requests;
  }

  private enter(token: VerifiedAccessToken): SeenSession {
    const { sessionId, userId } = token.verdict.principal;
    let seen = this.sessions.get(sessionId);
    if (!seen) {
      if (this.sessions.size >= this.maxSessions) this.dropOldest();
      seen = new SeenSession(userId, sessionId);
      this.sessions.set(sessionId, seen);
    }
    token.seen = seen;
    return seen;
  }

  private dropOldest(): void {
    for (const oldest of this.take(1)) this.giveUp(oldest.requests);
  }

  private close(session: SeenSession): void {
    session.isOpen = false;
    this.sessions.delete(session.sessionId);
  }
}
