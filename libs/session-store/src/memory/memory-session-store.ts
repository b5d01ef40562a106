import { SESSION_ID_PATTERN } from '@gatehouse/contracts';
import type { Clock } from '@gatehouse/kernel';
import {
  MAX_TRACKED_ADDRESSES,
  type EndedSession,
  type NewSession,
  type Session,
  type SessionActivity,
  type SessionChange,
  type SessionRights,
} from '../session.js';
import { type KnownSessions, RestorableSessionStore } from '../ledger/restorable-session-store.js';
import { type SessionWitness, UserUnrestored } from '../ledger/session-record.js';
import type { OpenOutcome, RefreshMove, RefreshOutcome } from '../session-store.port.js';
import { compareRecords } from './compare-records.js';
import { type Kept, Memory, toKept, toRecord, toSession } from './kept-session.js';

/** Longer than any session lives. */
const BURIED_MS = 91 * 86_400_000;

/**
 * Live sessions in this process: for one instance on one machine. They are gone when it ends. Each method runs to its end
 * without waiting for anything, which is what makes it one step.
 */
export class MemorySessionStore extends RestorableSessionStore {
  /**
   * @param witness - is told of every change; for a ledger
   * @param since - see {@link RestorableSessionStore.restoredSince}; `undefined` where there is no ledger
   */
  constructor(
    private readonly clock: Clock,
    private readonly witness?: SessionWitness,
    private readonly since?: number,
    private readonly memory = new Memory(),
  ) {
    super();
  }

  override restoredSince(atMs: number): MemorySessionStore {
    return new MemorySessionStore(this.clock, this.witness, atMs, this.memory);
  }

  override async lossPossibleAtMs(): Promise<number> {
    // Memory loses everything or nothing.
    return 1;
  }

  override async restore(userId: number, known: KnownSessions): Promise<string[]> {
    const live = this.liveOf(userId);
    const changed = known.endedIds.filter((id) => this.bury(id) && live.delete(id));
    const inLedger = new Map<string, number>();
    for (const record of [...known.open].sort((a, b) => a.order - b.order)) {
      if (this.memory.gone.has(record.id) || this.memory.ended.get(userId)?.has(record.id)) continue;
      const own = live.get(record.id);
      const verdict = own ? compareRecords(record, toRecord(own)) : 1;
      inLedger.set(record.id, verdict);
      if (verdict <= 0) continue;
      live.set(record.id, toKept(record));
      this.memory.owners.set(record.id, { userId, untilMs: record.absoluteExpiresAtMs });
      this.memory.order = Math.max(this.memory.order, record.order);
      changed.push(record.id);
    }
    const inOrder = [...live].sort(([, a], [, b]) => a.order - b.order);
    this.memory.sessions.set(userId, new Map(inOrder));
    this.memory.restored.add(userId);
    for (const [id, kept] of this.liveOf(userId)) {
      if ((inLedger.get(id) ?? -1) < 0) this.witness?.changed(toRecord(kept));
    }
    return changed;
  }

  async open(facts: NewSession, maxSessions: number): Promise<{ session: Session; evicted: EndedSession[] }> {
    this.demandRestored(facts.userId);
    const kept = this.add(facts);
    const own = this.ownOf(facts.userId);
    const over = own.slice(0, Math.max(0, own.length - maxSessions));
    const evicted = over.map(([id]) => this.endUnconfirmed(facts.userId, id, 'evicted_limit'));
    return { session: toSession(kept), evicted };
  }

  async openWithin(facts: NewSession, maxSessions: number, endSessionId?: string): Promise<OpenOutcome> {
    const { userId } = facts;
    this.demandRestored(userId);
    const own = this.ownOf(userId);
    const toEnd = own.filter(([id]) => id === endSessionId);
    if (own.length >= maxSessions && toEnd.length === 0) {
      return { kind: 'full', live: own.reverse().map(([, kept]) => toSession(kept)) };
    }
    const ended = toEnd.map(([id]) => this.endUnconfirmed(userId, id, 'user_revoked'));
    return { kind: 'opened', session: toSession(this.add(facts)), ended };
  }

  /** Those the user opened, oldest first: whoever acts in their place takes no room. */
  private ownOf(userId: number): [id: string, kept: Kept][] {
    return [...this.liveOf(userId)].filter(([, kept]) => kept.facts.actorId === null);
  }

  private add(facts: NewSession): Kept {
    const nowMs = this.clock.nowMs();
    const live = this.liveOf(facts.userId);
    this.memory.order = Math.max(this.memory.order + 1, nowMs * 1000);
    const kept: Kept = {
      facts,
      createdAtMs: nowMs,
      absoluteExpiresAtMs: nowMs + facts.absoluteTtlMs,
      idleExpiresAtMs: Math.min(nowMs + facts.idleTtlMs, nowMs + facts.absoluteTtlMs),
      lastAccessAtMs: nowMs,
      requestCount: 0,
      lastRequestAtMs: null,
      ipAddresses: [facts.ipAddress],
      refreshTokenHash: facts.refreshTokenHash,
      rotation: 0,
      rotatedAtMs: null,
      version: 1,
      order: this.memory.order,
    };
    live.set(facts.id, kept);
    this.memory.sessions.set(facts.userId, live);
    this.forgetOldOwners(nowMs);
    this.memory.owners.set(facts.id, { userId: facts.userId, untilMs: kept.absoluteExpiresAtMs });
    this.witness?.changed(toRecord(kept));
    return kept;
  }

  async ownerOf(sessionId: string): Promise<number | undefined> {
    return this.memory.owners.get(sessionId)?.userId;
  }

  async find(userId: number, sessionId: string): Promise<Session | undefined> {
    this.demandRestored(userId);
    const kept = this.liveOf(userId).get(sessionId);
    return kept && toSession(kept);
  }

  async findByRefreshToken(userId: number, sessionId: string, tokenHash: string): Promise<Session | undefined> {
    this.demandRestored(userId);
    const kept = this.liveOf(userId).get(sessionId);
    return kept?.refreshTokenHash === tokenHash ? toSession(kept) : undefined;
  }

  async list(userId: number): Promise<Session[]> {
    this.demandRestored(userId);
    return [...this.liveOf(userId).values()].reverse().map(toSession);
  }

  async rotate(move: RefreshMove): Promise<RefreshOutcome> {
    this.demandRestored(move.userId);
    const kept = this.liveOf(move.userId).get(move.sessionId);
    if (!kept) return { kind: 'gone' };
    const { previous } = kept;
    const isCurrent = move.presentedHash === kept.refreshTokenHash;
    const isAhead = move.genuine && (move.rotation ?? 0) > kept.rotation;
    if (isAhead && !isCurrent && move.tellAhead) return { kind: 'ahead' };
    if (isCurrent || isAhead) {
      this.install(kept, move);
      return { kind: 'rotated', session: toSession(kept) };
    }
    const leadsHere = move.successorHash === kept.refreshTokenHash;
    const isPredecessor = previous ? previous.hash === move.presentedHash : leadsHere;
    const { attempt } = move;
    const isRepeated = attempt !== undefined && attempt.printHash === previous?.attempt;
    const windowMs = Math.max(move.graceMs, isRepeated ? attempt.keptMs : 0);
    const inGrace = kept.rotatedAtMs !== null && this.clock.nowMs() - kept.rotatedAtMs <= windowMs;
    if (isPredecessor && inGrace) {
      return { kind: 'replayed', session: toSession(kept), sealedSuccessor: previous?.sealedSuccessor };
    }
    if (!isPredecessor && !move.genuine) return { kind: 'foreign' };
    this.endUnconfirmed(move.userId, move.sessionId, 'reuse_detected');
    return { kind: 'reused' };
  }

  async recordActivity(batch: readonly SessionActivity[]): Promise<void> {
    for (const { userId } of batch) this.demandRestored(userId);
    for (const activity of batch) {
      const kept = this.liveOf(activity.userId).get(activity.sessionId);
      if (!kept) continue;
      kept.requestCount += activity.requests;
      kept.lastRequestAtMs = Math.max(kept.lastRequestAtMs ?? 0, activity.lastRequestAtMs);
      for (const address of activity.ipAddresses) {
        if (kept.ipAddresses.length >= MAX_TRACKED_ADDRESSES) break;
        if (!kept.ipAddresses.includes(address)) kept.ipAddresses.push(address);
      }
      this.noteUse(kept, activity.lastRequestAtMs);
      this.witness?.changed(toRecord(kept));
    }
  }

  async amend(userId: number, sessionId: string, change: SessionChange): Promise<Session | undefined> {
    this.demandRestored(userId);
    const kept = this.liveOf(userId).get(sessionId);
    if (!kept) return undefined;
    const { absoluteExpiresAtMs, endsByMs, idleAtMostMs, ...facts } = change;
    kept.facts = { ...kept.facts, ...facts, idleTtlMs: Math.min(kept.facts.idleTtlMs, idleAtMostMs ?? Infinity) };
    kept.absoluteExpiresAtMs = Math.min(absoluteExpiresAtMs ?? kept.absoluteExpiresAtMs, endsByMs ?? Infinity);
    kept.idleExpiresAtMs = Math.min(kept.lastAccessAtMs + kept.facts.idleTtlMs, kept.absoluteExpiresAtMs);
    kept.version++;
    this.memory.owners.set(sessionId, { userId, untilMs: kept.absoluteExpiresAtMs });
    const nowMs = this.clock.nowMs();
    if (kept.idleExpiresAtMs > nowMs) this.witness?.changed(toRecord(kept));
    else this.noteEnded(userId, sessionId, kept.absoluteExpiresAtMs > nowMs ? 'idle_timeout' : 'absolute_timeout');
    return this.find(userId, sessionId);
  }

  async changeRights(userId: number, { roles, scope, generation }: SessionRights): Promise<void> {
    this.demandRestored(userId);
    for (const kept of this.liveOf(userId).values()) {
      if (kept.facts.generation >= generation) continue;
      kept.facts = { ...kept.facts, roles, scope, generation };
      kept.version++;
      this.witness?.changed(toRecord(kept));
    }
  }

  async end(userId: number, sessionId: string, reason?: string): Promise<boolean> {
    if (!SESSION_ID_PATTERN.test(sessionId)) return false;
    if (this.since !== 0) this.demandRestored(userId);
    const ended = this.liveOf(userId).delete(sessionId);
    // Not here, and the ledger may have it all the same.
    this.noteEnded(userId, sessionId, reason);
    return ended;
  }

  async endOthers(userId: number, keepSessionId: string | undefined, reason?: string): Promise<string[]> {
    this.demandRestored(userId);
    const live = this.liveOf(userId);
    const others = [...live.keys()].filter((id) => id !== keepSessionId);
    for (const id of others) {
      live.delete(id);
      this.noteEnded(userId, id, reason);
    }
    return others;
  }

  async unconfirmedEnds(userId: number): Promise<EndedSession[]> {
    return [...(this.memory.ended.get(userId)?.values() ?? [])];
  }

  async confirmEnds(userId: number, sessionIds: readonly string[]): Promise<void> {
    const ended = this.memory.ended.get(userId);
    for (const id of sessionIds) ended?.delete(id);
    if (ended?.size === 0) this.memory.ended.delete(userId);
  }

  async countLive(): Promise<number> {
    let count = 0;
    for (const userId of this.memory.sessions.keys()) count += this.liveOf(userId).size;
    return count;
  }

  async checkReadWrite(): Promise<void> {
    // Memory answers or the process is gone.
  }

  /** The user's sessions before their deadlines; the others are cleared away. */
  private liveOf(userId: number): Map<string, Kept> {
    const all = this.memory.sessions.get(userId);
    if (!all) return new Map();
    const nowMs = this.clock.nowMs();
    for (const [id, kept] of all) {
      if (Math.min(kept.idleExpiresAtMs, kept.absoluteExpiresAtMs) <= nowMs) all.delete(id);
    }
    if (all.size === 0) this.memory.sessions.delete(userId);
    return all;
  }

  private forgetOldOwners(nowMs: number): void {
    for (const [sessionId, { untilMs }] of this.memory.owners) {
      if (untilMs > nowMs) break;
      this.memory.owners.delete(sessionId);
    }
    for (const [sessionId, untilMs] of this.memory.gone) {
      if (untilMs > nowMs) break;
      this.memory.gone.delete(sessionId);
    }
  }

  private demandRestored(userId: number): void {
    if (this.since !== undefined && !this.memory.restored.has(userId)) throw new UserUnrestored();
  }

  private install(kept: Kept, move: RefreshMove): void {
    const { presentedHash: hash, sealedSuccessor, attempt } = move;
    kept.previous = { hash, sealedSuccessor, attempt: attempt?.printHash };
    kept.refreshTokenHash = move.successorHash;
    kept.rotation = Math.max(kept.rotation + 1, move.successorRotation ?? 0);
    kept.rotatedAtMs = this.clock.nowMs();
    this.touch(kept);
    this.witness?.changed(toRecord(kept));
  }

  private noteEnded(userId: number, sessionId: string, reason = 'user_revoked'): void {
    this.bury(sessionId);
    this.witness?.ended({ userId, sessionId, reason });
  }

  /** @returns true */
  private bury(sessionId: string): boolean {
    if (this.since !== undefined) this.memory.gone.set(sessionId, this.clock.nowMs() + BURIED_MS);
    return true;
  }

  private touch(kept: Kept): void {
    const nowMs = this.clock.nowMs();
    kept.lastAccessAtMs = nowMs;
    kept.version++;
    kept.idleExpiresAtMs = Math.min(nowMs + kept.facts.idleTtlMs, kept.absoluteExpiresAtMs);
  }

  /** Use that is told of later counts from when it was, and takes nothing back. */
  private noteUse(kept: Kept, usedAtMs: number): void {
    const atMs = Math.min(usedAtMs, this.clock.nowMs());
    const idleExpiresAtMs = Math.min(atMs + kept.facts.idleTtlMs, kept.absoluteExpiresAtMs);
    kept.lastAccessAtMs = Math.max(kept.lastAccessAtMs, atMs);
    kept.idleExpiresAtMs = Math.max(kept.idleExpiresAtMs, idleExpiresAtMs);
    kept.version++;
  }

  private endUnconfirmed(userId: number, sessionId: string, cause: EndedSession['cause']): EndedSession {
    this.memory.sessions.get(userId)?.delete(sessionId);
    this.noteEnded(userId, sessionId, cause);
    const ended = { userId, sessionId, cause };
    const mine = this.memory.ended.get(userId) ?? new Map<string, EndedSession>();
    mine.set(sessionId, ended);
    this.memory.ended.set(userId, mine);
    return ended;
  }
}
