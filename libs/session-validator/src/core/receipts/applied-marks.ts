import { comparePositions, FEED_START, RECEIPT_MAX_MARKS, type ReceiptMark } from '@gatehouse/contracts';

/**
 * Remembers when entries came into force, until somebody has been told. A mark stands for everything before it, so marks
 * may be thinned out: what lost its own is then covered by the next one, a little later. The memory is bounded, whatever
 * comes in and however long nobody listens.
 */
export class AppliedMarks {
  private marks: ReceiptMark[] = [];
  private epoch: string | undefined;
  private told = FEED_START;
  private reachedAt: ReceiptMark = [FEED_START, 0];

  /** Everything up to this position is in force from now on. Positions come in order within an epoch. */
  note(epoch: string, position: string, atMs: number): void {
    this.enter(epoch);
    // A wall clock may be set back; what came later did not happen earlier.
    this.marks.push([position, Math.max(atMs, this.marks.at(-1)?.[1] ?? 0)]);
    if (this.marks.length <= RECEIPT_MAX_MARKS) return;
    // The later of two stays, it is true for both; and with it the last of all.
    const last = this.marks.length - 1;
    this.marks = this.marks.filter((_mark, i) => (last - i) % 2 === 0);
  }

  /** What there is to tell when the list has come to `position`. */
  since(epoch: string, position: string, nowMs: number): Told {
    this.enter(epoch);
    // A reader that lost its place begins anew, and what was in force stays so.
    if (comparePositions(position, this.reachedAt[0]) > 0) this.reachedAt = [position, nowMs];
    const [reached, atMs] = this.reachedAt;
    const marks = this.marks.filter(([at]) => comparePositions(at, reached) <= 0);
    return { from: this.told, marks, position: reached, atMs: Math.max(atMs, marks.at(-1)?.[1] ?? 0) };
  }

  /** It has been told: what lies up to there need not be repeated. */
  settle(epoch: string, position: string): void {
    if (epoch !== this.epoch) return;
    this.told = position;
    this.marks = this.marks.filter(([at]) => comparePositions(at, position) > 0);
  }

  private enter(epoch: string): void {
    if (epoch === this.epoch) return;
    this.epoch = epoch;
    this.marks = [];
    this.told = FEED_START;
    this.reachedAt = [FEED_START, 0];
  }
}

/** The part of a report that is about the feed. */
export interface Told {
  readonly from: string;
  readonly marks: readonly ReceiptMark[];
  readonly position: string;
  readonly atMs: number;
}
