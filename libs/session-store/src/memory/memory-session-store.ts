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
import { SessionStore, type RefreshMove, type RefreshOutcome } from '../session-store.port.js';

interface Kept {
  facts: NewSession;
  readonly createdAtMs: number;
  absoluteExpiresAtMs: number;
  idleExpiresAtMs: number;
  lastAccessAtMs: number;
  requestCount: number;
  lastRequestAtMs: number | null;
  readonly ipAddresses: string[];
  refreshTokenHash: string;
  previous?: { readonly hash: string; readonly rotatedAtMs: number; readonly sealedSuccessor: string };
}

/**
 * Live sessions in this process: for one instance on one machine. They are gone when it ends. Each method runs to its end
 * without waiting for anything, which is what makes it one step.
 */
export class MemorySessionStore extends SessionStore {
  /** By user; within a user in the order of opening. */
  private readonly sessions = new Map<number, Map<string, Kept>>();
  private readonly ended = new Map<number, Map<string, EndedSession>>();
  /** In the order of opening. Outlives the session, as its refresh token does. */
  private readonly owners = new Map<string, { userId: number; untilMs: number }>();

  constructor(private readonly clock: Clock) {
    super();
  }

  async open(facts: NewSession, maxSessions: number): Promise<{ session: Session; evicted: EndedSession[] }> {
    const nowMs = this.clock.nowMs();
    const live = this.liveOf(facts.userId);
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
    };
    live.set(facts.id, kept);
    this.sessions.set(facts.userId, live);
    this.forgetOldOwners(nowMs);
    this.owners.set(facts.id, { userId: facts.userId, untilMs: kept.absoluteExpiresAtMs });
    const over = [...live.keys()].slice(0, Math.max(0, live.size - maxSessions));
    const evicted = over.map((id) => this.endUnconfirmed(facts.userId, id, 'evicted_limit'));
    return { session: toSession(kept), evicted };
  }

  async ownerOf(sessionId: string): Promise<number | undefined> {
    return this.owners.get(sessionId)?.userId;
  }

  async find(userId: number, sessionId: string): Promise<Session | undefined> {
    const kept = this.liveOf(userId).get(sessionId);
    return kept && toSession(kept);
  }

  async list(userId: number): Promise<Session[]> {
    return [...this.liveOf(userId).values()].reverse().map(toSession);
  }

  async rotate(move: RefreshMove): Promise<RefreshOutcome> {
    const kept = this.liveOf(move.userId).get(move.sessionId);
    if (!kept) return { kind: 'gone' };
    const nowMs = this.clock.nowMs();
    const { previous } = kept;
    if (move.presentedHash === kept.refreshTokenHash) {
      kept.previous = { hash: move.presentedHash, rotatedAtMs: nowMs, sealedSuccessor: move.sealedSuccessor };
      kept.refreshTokenHash = move.successorHash;
      this.touch(kept);
      return { kind: 'rotated', session: toSession(kept) };
    }
    const isPredecessor = previous?.hash === move.presentedHash;
    if (previous && isPredecessor && nowMs - previous.rotatedAtMs <= move.graceMs) {
      return { kind: 'replayed', session: toSession(kept), sealedSuccessor: previous.sealedSuccessor };
    }
    if (!isPredecessor && !move.genuine) return { kind: 'foreign' };
    this.endUnconfirmed(move.userId, move.sessionId, 'reuse_detected');
    return { kind: 'reused' };
  }

  async recordActivity(batch: readonly SessionActivity[]): Promise<void> {
    for (const activity of batch) {
      const kept = this.liveOf(activity.userId).get(activity.sessionId);
      if (!kept) continue;
      kept.requestCount += activity.requests;
      kept.lastRequestAtMs = Math.max(kept.lastRequestAtMs ?? 0, activity.lastRequestAtMs);
      for (const address of activity.ipAddresses) {
        if (kept.ipAddresses.length >= MAX_TRACKED_ADDRESSES) break;
        if (!kept.ipAddresses.includes(address)) kept.ipAddresses.push(address);
      }
      this.touch(kept);
    }
  }

  async amend(userId: number, sessionId: string, change: SessionChange): Promise<Session | undefined> {
    const kept = this.liveOf(userId).get(sessionId);
    if (!kept) return undefined;
    const { absoluteExpiresAtMs = kept.absoluteExpiresAtMs, ...facts } = change;
    kept.facts = { ...kept.facts, ...facts };
    kept.absoluteExpiresAtMs = absoluteExpiresAtMs;
    kept.idleExpiresAtMs = Math.min(kept.lastAccessAtMs + kept.facts.idleTtlMs, absoluteExpiresAtMs);
    this.owners.set(sessionId, { userId, untilMs: absoluteExpiresAtMs });
    return this.find(userId, sessionId);
  }

  async changeRights(userId: number, { roles, scope, generation }: SessionRights): Promise<void> {
    for (const kept of this.liveOf(userId).values()) {
      if (kept.facts.generation < generation) kept.facts = { ...kept.facts, roles, scope, generation };
    }
  }

  async end(userId: number, sessionId: string): Promise<boolean> {
    return this.liveOf(userId).delete(sessionId);
  }

  async endOthers(userId: number, keepSessionId: string | undefined): Promise<string[]> {
    const live = this.liveOf(userId);
    const others = [...live.keys()].filter((id) => id !== keepSessionId);
    for (const id of others) live.delete(id);
    return others;
  }

  async unconfirmedEnds(userId: number): Promise<EndedSession[]> {
    return [...(this.ended.get(userId)?.values() ?? [])];
  }

  async confirmEnds(userId: number, sessionIds: readonly string[]): Promise<void> {
    const ended = this.ended.get(userId);
    for (const id of sessionIds) ended?.delete(id);
    if (ended?.size === 0) this.ended.delete(userId);
  }

  async countLive(): Promise<number> {
    let count = 0;
    for (const userId of this.sessions.keys()) count += this.liveOf(userId).size;
    return count;
  }

  async checkReadWrite(): Promise<void> {
    // Memory answers or the process is gone.
  }

  /** The user's sessions before their deadlines; the others are cleared away. */
  private liveOf(userId: number): Map<string, Kept> {
    const all = this.sessions.get(userId);
    if (!all) return new Map();
    const nowMs = this.clock.nowMs();
    for (const [id, kept] of all) {
      if (Math.min(kept.idleExpiresAtMs, kept.absoluteExpiresAtMs) <= nowMs) all.delete(id);
    }
    if (all.size === 0) this.sessions.delete(userId);
    return all;
  }

  private forgetOldOwners(nowMs: number): void {
    for (const [sessionId, { untilMs }] of this.owners) {
      if (untilMs > nowMs) break;
      this.owners.delete(sessionId);
    }
  }

  private touch(kept: Kept): void {
    const nowMs = this.clock.nowMs();
    kept.lastAccessAtMs = nowMs;
    kept.idleExpiresAtMs = Math.min(nowMs + kept.facts.idleTtlMs, kept.absoluteExpiresAtMs);
  }

  private endUnconfirmed(userId: number, sessionId: string, cause: EndedSession['cause']): EndedSession {
    this.sessions.get(userId)?.delete(sessionId);
    const ended = { userId, sessionId, cause };
    const mine = this.ended.get(userId) ?? new Map<string, EndedSession>();
    mine.set(sessionId, ended);
    this.ended.set(userId, mine);
    return ended;
  }
}

function toSession(kept: Kept): Session {
  const { refreshTokenHash: _hash, idleTtlMs: _idle, absoluteTtlMs: _absolute, ...facts } = kept.facts;
  return {
    ...facts,
    createdAtMs: kept.createdAtMs,
    lastAccessAtMs: kept.lastAccessAtMs,
    idleExpiresAtMs: kept.idleExpiresAtMs,
    absoluteExpiresAtMs: kept.absoluteExpiresAtMs,
    requestCount: kept.requestCount,
    lastRequestAtMs: kept.lastRequestAtMs,
    ipAddresses: [...kept.ipAddresses],
  };
}
