import type { Clock } from '@gatehouse/kernel';
import { LRUCache } from 'lru-cache';

const FIRST_MS = 1_000;
const LONGEST_MS = 30_000;
/** Sessions whose last attempt failed; beyond this the oldest may be tried early. */
const MOST = 10_000;

/** How long to leave a session alone after attempts that failed for want of an answer: 1 s, 2 s, 4 s … 30 s. */
export class Pauses {
  private readonly bySession = new LRUCache<string, { readonly failures: number; readonly untilMs: number }>({
    max: MOST,
  });

  constructor(private readonly clock: Clock) {}

  isPaused(sid: string): boolean {
    return (this.bySession.get(sid)?.untilMs ?? 0) > this.clock.nowMs();
  }

  failed(sid: string): void {
    const failures = (this.bySession.get(sid)?.failures ?? 0) + 1;
    const forMs = Math.min(LONGEST_MS, FIRST_MS * 2 ** (failures - 1));
    this.bySession.set(sid, { failures, untilMs: this.clock.nowMs() + forMs });
  }

  succeeded(sid: string): void {
    this.bySession.delete(sid);
  }
}
