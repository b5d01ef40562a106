import { createHash } from 'node:crypto';
import { comparePositions, type FeedMode, type ReceiptMark, type ValidatorReport } from '@gatehouse/contracts';
import type { FeedPlace } from './receipt-board.port.js';

/** Moments remembered per validator: with a hundred revocations a second the last five seconds, else the life of a token. */
const MAX_MARKS = 512;

/** What is known of one validator. */
export class ValidatorRecord {
  readonly id: string;
  readonly mode: FeedMode;
  name = '';
  service = '';
  version = '';
  notUnderstood = 0;
  heardAtMs = 0;
  place: FeedPlace;
  /** Up to here it is not known when things came into force, only that they did. */
  private forgottenUpTo: string;
  private marks: ReceiptMark[] = [];

  constructor(first: ValidatorReport) {
    this.id = createHash('sha256').update(first.instance).digest('hex').slice(0, 16);
    this.mode = first.mode;
    this.place = { epoch: first.epoch, position: first.from };
    this.forgottenUpTo = first.from;
  }

  take(report: ValidatorReport, heardAtMs: number): void {
    this.heardAtMs = Math.max(this.heardAtMs, heardAtMs);
    this.name = report.name;
    this.service = report.service;
    this.version = report.version;
    this.notUnderstood = report.notUnderstood;
    const { epoch, from } = report;
    if (epoch !== this.place.epoch) this.beginAnew(epoch, from);
    // A report was lost, and with it when the things it told of came into force.
    else if (comparePositions(from, this.place.position) > 0) this.beginAnew(epoch, from);
    for (const mark of [...report.marks, [report.position, report.atMs] as const]) this.reach(mark, heardAtMs);
    if (this.marks.length > MAX_MARKS) this.forgetOldest();
  }

  appliedAtMs({ epoch, position }: FeedPlace): number | null | undefined {
    if (epoch !== this.place.epoch || comparePositions(position, this.place.position) > 0) return undefined;
    if (comparePositions(position, this.forgottenUpTo) <= 0) return null;
    return this.marks[this.firstMarkFrom(position)]?.[1] ?? null;
  }

  /** Index of the first mark at or after the position: it stands for all that lies before it. */
  private firstMarkFrom(position: string): number {
    let [low, high] = [0, this.marks.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (comparePositions(this.marks[middle]?.[0] ?? position, position) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private beginAnew(epoch: string, from: string): void {
    this.place = { epoch, position: from };
    this.forgottenUpTo = from;
    this.marks = [];
  }

  private reach([position, atMs]: ReceiptMark, heardAtMs: number): void {
    if (comparePositions(position, this.place.position) <= 0) return;
    const last = this.marks.at(-1)?.[1] ?? 0;
    // Its clock is its own. Nothing came into force before it was written, or after it was told.
    const writtenAtMs = Number(position.split('-')[0]);
    this.marks.push([position, Math.min(Math.max(atMs, writtenAtMs, last), Math.max(heardAtMs, last))]);
    this.place = { epoch: this.place.epoch, position };
  }

  private forgetOldest(): void {
    const gone = this.marks.splice(0, this.marks.length - MAX_MARKS);
    this.forgottenUpTo = gone.at(-1)?.[0] ?? this.forgottenUpTo;
  }
}
