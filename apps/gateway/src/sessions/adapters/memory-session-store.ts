import type { Clock } from '@gatehouse/kernel';
import type { SessionRecord } from '../gateway-session.js';
import {
  GONE_FOR_MS,
  SessionStore,
  type LeaseName,
  type SessionCount,
  type StoredSession,
} from '../session-store.port.js';

interface Kept {
  record: SessionRecord;
  sealedTokens: string;
  endsAtMs: number;
}

interface Lease {
  readonly owner: string;
  readonly untilMs: number;
}

/** Sessions of one process: for a laptop and for one instance. They end with it. */
export class MemorySessionStore extends SessionStore {
  private readonly sessions = new Map<string, Kept>();
  /** Ids that were removed, by the moment up to which they are not taken again. Oldest first. */
  private readonly gone = new Map<string, number>();
  private readonly leases = new Map<string, Lease>();
  private expired = 0;

  constructor(
    private readonly clock: Clock,
    private readonly idleMs: number,
  ) {
    super();
  }

  async find(sid: string): Promise<StoredSession | undefined> {
    const kept = this.live(sid);
    return kept && { record: kept.record, sealedTokens: kept.sealedTokens };
  }

  async create({ record, sealedTokens }: StoredSession): Promise<boolean> {
    this.sweep();
    if (this.live(record.sid) || this.gone.has(record.sid)) return false;
    const endsAtMs = this.endOf(record);
    if (endsAtMs <= this.clock.nowMs()) return false;
    this.sessions.set(record.sid, { record, sealedTokens, endsAtMs });
    return true;
  }

  async replaceTokens(sid: string, generation: number, sealedTokens: string): Promise<boolean> {
    const kept = this.live(sid);
    if (kept?.record.generation !== generation) return false;
    kept.record = { ...kept.record, generation: generation + 1 };
    kept.sealedTokens = sealedTokens;
    return true;
  }

  async touch(sid: string, lastSeenAtMs: number): Promise<boolean> {
    const kept = this.live(sid);
    if (!kept) return false;
    kept.record = { ...kept.record, lastSeenAtMs: Math.max(lastSeenAtMs, kept.record.lastSeenAtMs) };
    kept.endsAtMs = this.endOf(kept.record);
    return true;
  }

  async remove(sid: string): Promise<boolean> {
    const wasThere = this.live(sid) !== undefined;
    this.sessions.delete(sid);
    this.gone.delete(sid);
    this.gone.set(sid, this.clock.nowMs() + GONE_FOR_MS);
    return wasThere;
  }

  async acquireLease(sid: string, name: LeaseName, owner: string, forMs: number): Promise<boolean> {
    if (this.leaseOf(sid, name)) return false;
    this.leases.set(`${name}:${sid}`, { owner, untilMs: this.clock.nowMs() + forMs });
    return true;
  }

  async renewLease(sid: string, name: LeaseName, owner: string, forMs: number): Promise<boolean> {
    if (this.leaseOf(sid, name)?.owner !== owner) return false;
    this.leases.set(`${name}:${sid}`, { owner, untilMs: this.clock.nowMs() + forMs });
    return true;
  }

  async releaseLease(sid: string, name: LeaseName, owner: string): Promise<void> {
    if (this.leaseOf(sid, name)?.owner === owner) this.leases.delete(`${name}:${sid}`);
  }

  async count(): Promise<SessionCount> {
    this.sweep();
    const newlyExpired = this.expired;
    this.expired = 0;
    return { live: this.sessions.size, newlyExpired };
  }

  async checkReadWrite(): Promise<void> {
    // The memory of this process is always there.
  }

  private endOf({ expiresAtMs }: SessionRecord): number {
    return Math.min(this.clock.nowMs() + this.idleMs, expiresAtMs);
  }

  private live(sid: string): Kept | undefined {
    const kept = this.sessions.get(sid);
    if (!kept || kept.endsAtMs > this.clock.nowMs()) return kept;
    this.sessions.delete(sid);
    this.expired += 1;
    return undefined;
  }

  private leaseOf(sid: string, name: LeaseName): Lease | undefined {
    const lease = this.leases.get(`${name}:${sid}`);
    return lease && lease.untilMs > this.clock.nowMs() ? lease : undefined;
  }

  /** At each opening and scrape, so that nothing lies about that nobody comes back for. */
  private sweep(): void {
    const nowMs = this.clock.nowMs();
    for (const sid of [...this.sessions.keys()]) this.live(sid);
    for (const [sid, untilMs] of this.gone) if (untilMs <= nowMs) this.gone.delete(sid);
    for (const [key, { untilMs }] of this.leases) if (untilMs <= nowMs) this.leases.delete(key);
  }
}
