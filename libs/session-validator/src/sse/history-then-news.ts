import {
  comparePositions,
  decodeNotice,
  FEED_CAUGHT_UP_EVENT,
  FEED_START,
  FEED_VERSION,
  type FeedRecord,
} from '@gatehouse/contracts';
import type { EventSourceMessage } from 'eventsource-parser';
import type { FeedLedger } from '../core/feed/feed-ledger.js';

/** The connection brought something that does not follow what we hold. */
export class HoleInStream extends Error {
  override readonly name = 'HoleInStream';
}

/** What one connection brings: the log from our place to its end, the mark, and then record after record. */
export class HistoryThenNews {
  private caughtUp = false;
  /** What comes is known to follow in the log that holds our place. */
  private placeHeld: boolean;

  constructor(
    private readonly ledger: FeedLedger,
    private readonly askedAtMs: number,
    private readonly onCaughtUp: () => void,
  ) {
    // From the start, the first record may follow one that was trimmed away.
    this.placeHeld = ledger.position === FEED_START;
  }

  /** @throws {HoleInStream} when it is time to connect again. */
  take({ event, data }: Pick<EventSourceMessage, 'event' | 'data'>): void {
    if (event === FEED_CAUGHT_UP_EVENT) {
      this.caughtUp = true;
      this.onCaughtUp();
      this.ledger.reachedEnd(this.askedAtMs);
      return;
    }
    if (event !== undefined && event !== 'message') return;
    const record = decodeNotice(data);
    if (record) this.step(record);
    else this.stepOverUnreadable(data);
  }

  private step(record: FeedRecord): void {
    if (this.caughtUp) {
      if (this.ledger.notice(record) !== 'hole') return;
      const { epoch } = this.ledger;
      // In another life of the log our place means nothing; its positions may even lie before ours.
      if (epoch !== undefined && record.epoch !== epoch) this.ledger.losePlace();
      throw new HoleInStream();
    }
    this.mustFollowPlace(record);
    this.ledger.read(record);
  }

  /** A record or an entry of a form this version does not know keeps its place in the chain. */
  private stepOverUnreadable(data: string): void {
    const place = placeOf(data);
    if (!place) throw new HoleInStream();
    if (this.caughtUp) this.mustBeNext(place);
    else this.mustFollowPlace(place);
    this.ledger.passOver(place);
  }

  /**
   * The first record tells whether the log holds our place. All others are of that log and in its order: another life that
   * begins in it, and what somebody dropped from it, are for the ledger to see, as often as it is read.
   */
  private mustFollowPlace({ previous, epoch }: FeedRecord): void {
    const { ledger } = this;
    // One from before our place will do: its writer did not see the last record, but we did.
    this.placeHeld ||= epoch === ledger.epoch && comparePositions(previous, ledger.position) <= 0;
    if (this.placeHeld) return;
    ledger.losePlace();
    throw new HoleInStream();
  }

  private mustBeNext({ position, previous, epoch }: FeedRecord): void {
    const { ledger } = this;
    const isOurLife = epoch === ledger.epoch;
    const isKnown = comparePositions(position, ledger.position) <= 0;
    if (!isOurLife || !(isKnown || previous === ledger.position)) throw new HoleInStream();
  }
}

/** Where a record lies, when its entry or its version cannot be read. */
function placeOf(data: string): FeedRecord | undefined {
  try {
    const { position, previous, epoch } = JSON.parse(data) as Record<string, unknown>;
    return decodeNotice(JSON.stringify({ v: FEED_VERSION, position, previous, epoch }));
  } catch {
    return undefined;
  }
}
