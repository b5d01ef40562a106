import { sleep } from '@gatehouse/testing';

/** From the end of a session to the end of its connections. */
export const DEADLINE_MS = 150;

const CONTROL_MS = 75;

/**
 * Measures a time that is promised to be short, less what the machine owes: how late a plain timer is that was started at
 * the same moment. On a quiet machine that is nothing.
 */
export class Stopwatch {
  private readonly startedMs = performance.now();
  private readonly lateMs = sleep(CONTROL_MS).then(() => this.sinceStartMs() - CONTROL_MS);

  async elapsedMs(): Promise<number> {
    const elapsedMs = this.sinceStartMs();
    return elapsedMs - Math.max(0, await this.lateMs);
  }

  private sinceStartMs(): number {
    return performance.now() - this.startedMs;
  }
}
