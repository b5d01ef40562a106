import { comparePositions, FEED_START, isPosition } from '@gatehouse/contracts';
import { positionMs } from './position-ms.js';

/**
 * Follows the records of a log by their `previous` while it is read, and so notices what somebody dropped from it before
 * we saw it. A log is trimmed all the time; that is well while what goes has stopped mattering.
 */
export class LogChain {
  private record = FEED_START;
  private end = FEED_START;
  /** Last of the records that were dropped unseen. */
  private missingTo: string | undefined;

  /** @param mattersForMs - how long a record may concern a token that would be accepted; infinite: cannot tell yet */
  constructor(private readonly mattersForMs: () => number) {}

  /** The log is going to be read from its start. */
  restart(): void {
    this.stepTo(FEED_START);
    this.missingTo = undefined;
  }

  /** The next record belongs to a new epoch, which holds all that matters: what was dropped before it is made good. */
  beginEpoch(): void {
    this.missingTo = undefined;
  }

  stepTo(position: string, previous = position): void {
    const follows =
      previous === this.record || previous === this.end || previous === FEED_START || previous === position;
    // One that names a record from before our last was written by somebody who did not see that; we did, and lack nothing.
    const wasHeld = follows || (isPosition(previous) && comparePositions(previous, this.end) <= 0);
    if (!wasHeld) this.missingTo = previous;
    this.record = position;
    this.end = position;
  }

  /** Something that is no record; the next one may name it or the record before as its `previous`. */
  passOver(position: string): void {
    this.end = position;
  }

  /** Whether nothing was dropped unseen that could still concern somebody, by the log's own time. */
  get isWhole(): boolean {
    if (this.missingTo === undefined) return true;
    return positionMs(this.record) - positionMs(this.missingTo) > this.mattersForMs();
  }
}
