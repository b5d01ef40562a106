import type { Clock } from '@gatehouse/kernel';
import type { ThrottlerStorage } from '@nestjs/throttler';
import { throttlerRecord, type ThrottlerRecord } from './throttler-record.js';

/** Bounds the memory a stranger with many addresses can take: some tens of MB. */
const MAX_WINDOWS = 100_000;

/** Limits within this process: with one instance all there is, with several what remains while Redis is away. */
export class MemoryThrottlerStorage implements ThrottlerStorage {
  /** Admitted attempts by key, oldest first; least recently used key first. */
  private readonly windows = new Map<string, number[]>();

  constructor(
    private readonly clock: Clock,
    private readonly maxWindows = MAX_WINDOWS,
  ) {}

  async increment(key: string, ttlMs: number, limit: number): Promise<ThrottlerRecord> {
    const nowMs = this.clock.nowMs();
    const live = (this.windows.get(key) ?? []).filter((atMs) => atMs > nowMs - ttlMs);
    const admitted = live.length < limit;
    if (admitted) live.push(nowMs);
    this.windows.delete(key);
    this.windows.set(key, live);
    this.makeRoom();
    return throttlerRecord({ admitted, hits: live.length, oldestLeavesInMs: (live[0] ?? nowMs) + ttlMs - nowMs });
  }

  private makeRoom(): void {
    if (this.windows.size <= this.maxWindows) return;
    const [leastRecentlyUsed] = this.windows.keys();
    if (leastRecentlyUsed !== undefined) this.windows.delete(leastRecentlyUsed);
  }
}
