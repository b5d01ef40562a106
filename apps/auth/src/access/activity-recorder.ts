import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import { MAX_TRACKED_ADDRESSES, type SessionActivity, type SessionStore } from '@gatehouse/session-store';

/** Sessions to remember between two reports; more are not counted. About 300 bytes each. */
const MAX_SESSIONS = 10_000;
/** Recorded in one step: while it is under way, what people wait for goes in between. */
const STEP = 200;

interface Seen {
  readonly userId: number;
  readonly sessionId: string;
  requests: number;
  lastRequestAtMs: number;
  readonly ipAddresses: Set<string>;
}

/** Counts requests per session and reports them in batches, so that a request costs no write. */
export class ActivityRecorder {
  private seen = new Map<string, Seen>();
  private flushing: Promise<void> = Promise.resolve();
  private dropped = 0;

  constructor(
    private readonly sessions: SessionStore,
    private readonly clock: Clock,
    private readonly maxSessions = MAX_SESSIONS,
  ) {}

  /** Requests that were not counted, for want of room. */
  get droppedRequests(): number {
    return this.dropped;
  }

  /** Counts one request to this service. Best effort: what does not fit is not counted. */
  note(userId: number, sessionId: string, ipAddress: string): void {
    this.add({ userId, sessionId, requests: 1, lastRequestAtMs: this.clock.nowMs(), ipAddresses: [ipAddress] });
  }

  /** Counts what another service has counted. Best effort, as {@link note}. */
  add(activity: SessionActivity): void {
    const seen = this.seen.get(activity.sessionId);
    if (!seen) {
      if (this.seen.size >= this.maxSessions) this.dropped += activity.requests;
      else this.seen.set(activity.sessionId, { ...activity, ipAddresses: new Set(activity.ipAddresses) });
      return;
    }
    seen.requests += activity.requests;
    seen.lastRequestAtMs = Math.max(seen.lastRequestAtMs, activity.lastRequestAtMs);
    for (const address of activity.ipAddresses) {
      if (seen.ipAddresses.size < MAX_TRACKED_ADDRESSES) seen.ipAddresses.add(address);
    }
  }

  /** Reports what was counted since the last time. With the store away it is kept for the next. */
  flush(): Promise<void> {
    const report = this.flushing.then(() => this.report());
    // One at a time, and a failed one does not spoil the next.
    this.flushing = report.catch(() => undefined);
    return report;
  }

  private async report(): Promise<void> {
    if (this.seen.size === 0) return;
    const batch = [...this.seen.values()].map((seen) => ({ ...seen, ipAddresses: [...seen.ipAddresses] }));
    this.seen = new Map();
    for (let i = 0; i < batch.length; i += STEP) {
      try {
        await this.sessions.recordActivity(batch.slice(i, i + STEP));
      } catch (error) {
        if (!(error instanceof SessionStoreUnavailable)) throw error;
        // Part of the step may have been recorded; a count that is a little high is better than one that loses an outage.
        for (const activity of batch.slice(i)) this.add(activity);
        return;
      }
    }
  }
}
