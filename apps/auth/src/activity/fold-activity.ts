import { isIP } from 'node:net';
import type { ReportedActivity } from '@gatehouse/contracts';
import type { Clock } from '@gatehouse/kernel';
import type { ActivityRecorder } from '../access/activity-recorder.js';
import type { ActivityInbox } from './activity-inbox.port.js';

/** Records taken in one step: some thousand sessions. */
const PAGE = 50;
/** Somebody who writes faster than we fold must not keep us folding. The rest comes with the next round. */
const MAX_PAGES = 20;

/** What became of batches, as figures. */
export interface ActivityFigures {
  count(outcome: 'folded' | 'duplicate' | 'unreadable' | 'lost', batches: number): void;
}

/**
 * Takes what validators have counted and adds it to the sessions. A service is believed what its own requests could have caused:
 * that sessions it knows the ids of are in use, up to now. It opens none, revives none, and moves no absolute end.
 */
export class FoldActivity {
  constructor(
    private readonly inbox: ActivityInbox,
    private readonly recorder: ActivityRecorder,
    private readonly clock: Clock,
    private readonly figures: ActivityFigures,
  ) {}

  /**
   * Folds what is there. What was taken and cannot be recorded while the store is away waits in the recorder.
   *
   * @throws {SessionStoreUnavailable} when the inbox does not answer.
   */
  async run(): Promise<void> {
    for (let page = 0; page < MAX_PAGES; page++) {
      const { batches, duplicates, unreadable, lost, more } = await this.inbox.take(PAGE);
      this.figures.count('folded', batches.length);
      this.figures.count('duplicate', duplicates);
      this.figures.count('unreadable', unreadable);
      this.figures.count('lost', lost);
      for (const { batch, arrivedAtMs } of batches) {
        for (const reported of batch.sessions) this.add(reported, arrivedAtMs);
      }
      if (batches.length > 0) await this.recorder.flush();
      if (!more) return;
    }
  }

  private add({ userId, sessionId, requests, agoMs, ipAddresses }: ReportedActivity, arrivedAtMs: number): void {
    this.recorder.add({
      userId,
      sessionId,
      requests,
      lastRequestAtMs: Math.min(arrivedAtMs, this.clock.nowMs()) - agoMs,
      ipAddresses: ipAddresses.filter((address) => isIP(address) !== 0),
    });
  }
}
