import { comparePositions, type RevocationEntry } from '@gatehouse/contracts';
import type { SessionValidator } from '@gatehouse/session-validator';

const LOOK_EVERY_MS = 2;

/** Watches a validator for entries; begun before they are written, so that none is missed. */
export class AppliedWatch {
  private readonly applied = new Map<string, number>();

  constructor(private readonly validator: Pick<SessionValidator, 'onRevoked' | 'health'>) {}

  /** What was revoked before is not of interest, and may be a million entries. */
  begin(): void {
    this.validator.onRevoked(({ scope, value }) => {
      const key = `${scope}:${value}`;
      if (!this.applied.has(key)) this.applied.set(key, performance.now());
    });
  }

  /**
   * When the last of the entries was in force, as `performance.now()`; `undefined` when that did not come in time.
   *
   * @param position - of the last one in the feed: passing it counts too, since an entry that says nothing new is not told
   */
  async lastAppliedAtMs(
    entries: readonly RevocationEntry[],
    position: string | undefined,
    withinMs: number,
  ): Promise<number | undefined> {
    const deadlineMs = performance.now() + withinMs;
    while (performance.now() < deadlineMs) {
      const times = entries.map(({ scope, value }) => this.applied.get(`${scope}:${value}`));
      if (times.every((time) => time !== undefined)) return Math.max(...times);
      if (this.hasPassed(position)) return performance.now();
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
    return undefined;
  }

  private hasPassed(position: string | undefined): boolean {
    const reached = this.validator.health().feed.position;
    return position !== undefined && reached !== null && comparePositions(reached, position) >= 0;
  }
}
