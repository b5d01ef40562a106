import { DatabaseUnavailable, SessionStoreUnavailable } from '@gatehouse/failures';
import type { EndedSession, NewSession, Session, SessionActivity, SessionChange, SessionRights } from '../session.js';
import { type OpenOutcome, type RefreshMove, type RefreshOutcome, SessionStore } from '../session-store.port.js';
import type { LedgerWriter } from './ledger-writer.js';
import type { RestorableSessionStore } from './restorable-session-store.js';
import type { SessionLedger } from './session-ledger.port.js';
import { UserUnrestored } from './session-record.js';

export interface LedgeredSettings {
  /** How long a refresh waits for the ledger at the most, in ms. With 0 it never does. @default 100 */
  readonly rotationWaitMs?: number;
  /** How long an opening or ending waits for the ledger at the most, in ms. @default 500 */
  readonly endWaitMs?: number;
}

/** After the ledger did not answer, this long nobody asks again, in ms: each answer would cost its time-out. */
const LEDGER_PAUSE_MS = 500;

/**
 * A store whose sessions survive it. Every move is the live store's; what it does is written to the ledger behind it, and a user
 * whose sessions the store may have lost is compared with the ledger before the next move.
 *
 * With the ledger away everything goes on that the live store knows; what it may have lost is `SessionStoreUnavailable`.
 */
export class LedgeredSessionStore extends SessionStore {
  private sinceMs: number | undefined;
  private outage = false;
  private ledgerAwayUntilMs = 0;
  private readonly restoring = new Map<number, Promise<string[]>>();

  /** @param live - tells all it does to `writer` */
  constructor(
    private readonly live: RestorableSessionStore,
    private readonly ledger: SessionLedger,
    private readonly writer: LedgerWriter,
    private readonly settings: LedgeredSettings = {},
  ) {
    super();
  }

  /** The connection to the live store was lost: it may come back without its latest moves. */
  noteOutage(): void {
    this.outage = true;
    this.sinceMs = undefined;
  }

  override async open(
    session: NewSession,
    maxSessions: number,
  ): Promise<{ session: Session; evicted: EndedSession[] }> {
    const opened = await this.on(session.userId, (live) => live.open(session, maxSessions));
    await this.written([session.id, ...opened.evicted.map(({ sessionId }) => sessionId)]);
    return opened;
  }

  override async openWithin(session: NewSession, maxSessions: number, endSessionId?: string): Promise<OpenOutcome> {
    const outcome = await this.on(session.userId, (live) => live.openWithin(session, maxSessions, endSessionId));
    if (outcome.kind === 'opened') {
      await this.written([session.id, ...outcome.ended.map(({ sessionId }) => sessionId)]);
    }
    return outcome;
  }

  override async ownerOf(sessionId: string): Promise<number | undefined> {
    const owner = await this.live.ownerOf(sessionId);
    if (owner !== undefined) return owner;
    try {
      return await this.ledgerDoes(() => this.ledger.ownerOf(sessionId));
    } catch (cause) {
      throw lost(cause);
    }
  }

  override find(userId: number, sessionId: string): Promise<Session | undefined> {
    return this.on(userId, (live) => live.find(userId, sessionId));
  }

  override findByRefreshToken(userId: number, sessionId: string, tokenHash: string): Promise<Session | undefined> {
    return this.on(userId, (live) => live.findByRefreshToken(userId, sessionId, tokenHash));
  }

  override list(userId: number): Promise<Session[]> {
    return this.on(userId, (live) => live.list(userId));
  }

  override async rotate(move: RefreshMove): Promise<RefreshOutcome> {
    const { userId, sessionId } = move;
    let outcome = await this.on(userId, (live) => live.rotate({ ...move, tellAhead: true }));
    if (outcome.kind === 'ahead') {
      // The store has lost a rotation. What the ledger knows decides first; beyond that, the token's own number does.
      await this.restoreIfPossible(userId);
      outcome = await this.on(userId, (live) => live.rotate({ ...move, tellAhead: move.tellAhead ?? false }));
    }
    if (outcome.kind === 'reused') await this.written([sessionId]);
    if (outcome.kind !== 'rotated') return outcome;
    const { rotationWaitMs = 100 } = this.settings;
    if (rotationWaitMs === 0 || (await this.writer.settled(sessionId, rotationWaitMs)) !== 'contradicted')
      return outcome;
    // The ledger has seen this rotation before, or a later one, or the end: unless the store has moved on by now, it had forgotten.
    const changed = await this.restoreIfPossible(userId);
    return changed.includes(sessionId) ? this.on(userId, (live) => live.rotate(move)) : outcome;
  }

  override async recordActivity(batch: readonly SessionActivity[]): Promise<void> {
    await Promise.all(batch.map((activity) => this.recordOne(activity)));
  }

  /** What cannot be recorded because nobody knows the session is not kept for later: with it, all the others would be counted again. */
  private async recordOne(activity: SessionActivity): Promise<void> {
    try {
      await this.on(activity.userId, (live) => live.recordActivity([activity]));
    } catch (error) {
      if (!(error instanceof SessionStoreUnavailable && error.cause instanceof DatabaseUnavailable)) throw error;
    }
  }

  override async amend(userId: number, sessionId: string, change: SessionChange): Promise<Session | undefined> {
    const amended = await this.on(userId, (live) => live.amend(userId, sessionId, change));
    await this.written([sessionId]);
    return amended;
  }

  override async changeRights(userId: number, rights: SessionRights): Promise<void> {
    await this.on(userId, (live) => live.changeRights(userId, rights));
    const sessions = await this.on(userId, (live) => live.list(userId));
    await this.written(sessions.map(({ id }) => id));
  }

  override async end(userId: number, sessionId: string, reason?: string): Promise<boolean> {
    const ended = await this.on(userId, (live) => live.end(userId, sessionId, reason));
    await this.written([sessionId]);
    return ended;
  }

  override async endOthers(userId: number, keepSessionId: string | undefined, reason?: string): Promise<string[]> {
    const ended = await this.on(userId, (live) => live.endOthers(userId, keepSessionId, reason));
    await this.written(ended);
    return ended;
  }

  override unconfirmedEnds(userId: number): Promise<EndedSession[]> {
    return this.live.unconfirmedEnds(userId);
  }

  override confirmEnds(userId: number, sessionIds: readonly string[]): Promise<void> {
    return this.live.confirmEnds(userId, sessionIds);
  }

  override countLive(): Promise<number> {
    return this.live.countLive();
  }

  override checkReadWrite(): Promise<void> {
    return this.live.checkReadWrite();
  }

  /** Makes the move on a store that is known to know the user. */
  private async on<T>(userId: number, move: (live: SessionStore) => Promise<T>): Promise<T> {
    const strict = this.live.restoredSince(await this.lossPossibleAtMs());
    try {
      return await move(strict);
    } catch (error) {
      if (!(error instanceof UserUnrestored)) throw error;
    }
    try {
      await this.restore(userId);
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable)) throw error;
      return this.onWhatIsThere(move, error);
    }
    try {
      return await move(strict);
    } catch (error) {
      throw error instanceof UserUnrestored ? lost(error) : error;
    }
  }

  /** Without the ledger: whatever the store has, if it was ever compared, or holds something that nobody compared. */
  private async onWhatIsThere<T>(move: (live: SessionStore) => Promise<T>, cause: unknown): Promise<T> {
    try {
      return await move(this.live.restoredSince(0));
    } catch (error) {
      throw error instanceof UserUnrestored ? lost(cause) : error;
    }
  }

  private async lossPossibleAtMs(): Promise<number> {
    if (this.sinceMs === undefined) {
      const sinceMs = await this.live.lossPossibleAtMs(this.outage);
      this.sinceMs = Math.max(1, sinceMs);
      this.outage = false;
    }
    return this.sinceMs;
  }

  /** Those who ask for the same user at the same time share the answer. */
  private restore(userId: number): Promise<string[]> {
    const underWay = this.restoring.get(userId);
    if (underWay) return underWay;
    const restoring = this.ledgerDoes(() => this.ledger.ofUser(userId))
      .then((known) => this.live.restore(userId, known))
      .finally(() => this.restoring.delete(userId));
    this.restoring.set(userId, restoring);
    return restoring;
  }

  private async restoreIfPossible(userId: number): Promise<string[]> {
    try {
      return await this.restore(userId);
    } catch (error) {
      if (error instanceof DatabaseUnavailable) return [];
      throw error;
    }
  }

  private async ledgerDoes<T>(work: () => Promise<T>): Promise<T> {
    if (performance.now() < this.ledgerAwayUntilMs)
      throw new DatabaseUnavailable('the session ledger did not answer lately');
    try {
      return await work();
    } catch (error) {
      if (error instanceof DatabaseUnavailable) this.ledgerAwayUntilMs = performance.now() + LEDGER_PAUSE_MS;
      throw error;
    }
  }

  private async written(sessionIds: readonly string[]): Promise<void> {
    await Promise.all(sessionIds.map((id) => this.writer.settled(id, this.settings.endWaitMs ?? 100)));
  }
}

function lost(cause: unknown): SessionStoreUnavailable {
  return new SessionStoreUnavailable('the store may have lost sessions, and the ledger does not answer', { cause });
}
