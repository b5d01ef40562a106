import { ADDRESS_PATTERN } from '@gatehouse/contracts';
import { type CountedToken, SeenSession } from './seen-session.js';

/** Sessions remembered between two reports, some 400 bytes each. Beyond, the one counted longest ago is given up. */
export const MAX_TALLIED_SESSIONS = 10_000;

/**
 * Counts requests per session until somebody takes the counts away. It is bounded, and what it had to give up is counted too.
 * Tokens count their own uses, and come here when that begins, or when they are used from elsewhere.
 */
export class ActivityTally {
  private readonly sessions = new Map<string, SeenSession>();
  /** Requests that will be told to nobody. */
  private dropped = 0;

  /** Seconds since the epoch, as of the last {@link tick}: asking the clock for each request would cost more than counting. */
  private second = 0;

  constructor(
    nowMs: number,
    private readonly maxSessions = MAX_TALLIED_SESSIONS,
  ) {
    this.tick(nowMs);
  }

  /** Sessions with something to tell. */
  get size(): number {
    return this.sessions.size;
  }

  get droppedRequests(): number {
    return this.dropped;
  }

  /** Called each second, so that requests are dated: less than a second off either way. */
  tick(nowMs: number): void {
    this.second = Math.ceil(nowMs / 1_000);
  }

  /**
   * Counts one request of a person. Services have no session.
   *
   * @param ipAddress - from where it came, as far as that is known
   */
  note(token: CountedToken, ipAddress: string | undefined): void {
    if (token.uses === 0 || token.usedFrom !== ipAddress) this.look(token, ipAddress);
    token.uses += 1;
    token.usedAtSecond = this.second;
  }

  /** Takes out the sessions counted longest ago. */
  take(most: number): SeenSession[] {
    const taken: SeenSession[] = [];
    for (const session of this.sessions.values()) {
      if (taken.length >= most) break;
      session.settle();
      this.sessions.delete(session.sessionId);
      taken.push(session);
    }
    return taken;
  }

  /** They could not be told. */
  giveUp(requests: number): void {
    this.dropped += requests;
  }

  private look(token: CountedToken, said: string | undefined): void {
    // Callers without a compiler pass anything, and some proxies a whole header.
    const ipAddress = typeof said === 'string' && ADDRESS_PATTERN.test(said) ? said : undefined;
    token.usedFrom = ipAddress;
    if (token.isOfService) return;
    const { sessionId, userId } = token.verdict.principal;
    let seen = this.sessions.get(sessionId);
    if (!seen) {
      if (this.sessions.size >= this.maxSessions) this.dropOldest();
      seen = new SeenSession(userId, sessionId);
      this.sessions.set(sessionId, seen);
    }
    seen.continueWith(token);
    seen.noteAddress(ipAddress);
  }

  private dropOldest(): void {
    for (const oldest of this.take(1)) this.giveUp(oldest.requests);
  }
}
