import {
  FEED_NOTICE_CHANNEL,
  FEED_START,
  FEED_STREAM_KEY,
  KEY_BUNDLE_CHANNEL,
  KEY_BUNDLE_KEY,
} from '@gatehouse/contracts';
import { randomHex } from '@gatehouse/kernel';
import { orStoreUnavailable, type RedisConnection } from '@gatehouse/redis';
import { appendCarried } from '../scripts/append-carried.script.js';
import { takeOverCopy } from '../scripts/take-over-copy.script.js';
import { fieldOf, placeOf, type Place, type RawRecord } from './raw-record.js';

/** A copy that nobody finishes goes away by itself. */
const FORGET_COPY_MS = 60_000;

/** This region's log is not one that was carried here: an auth service writes it, and nobody else may. */
export class NotOurLog extends Error {
  override readonly name = 'NotOurLog';
}

/** This region's log is not what it was a moment ago: begin anew. */
export class LogChanged extends Error {
  override readonly name = 'LogChanged';
}

/** The log of a region that is written by a relay. Its methods throw `SessionStoreUnavailable` when Redis does not answer. */
export class RegionLog {
  /** This server's clock beside ours: what it said, and when its answer was here. */
  private clock: { readonly saidMs: number; readonly heardAtMs: number } | undefined;

  /** @param monotonicMs - our clock, which nobody sets */
  constructor(
    private readonly redis: RedisConnection,
    private readonly monotonicMs: () => number,
  ) {
    // Another server may answer next, with another clock.
    redis.on('ready', () => (this.clock = undefined));
  }

  /**
   * Its last record; `undefined`: it is empty.
   *
   * @throws {NotOurLog}
   */
  async last(): Promise<Place | undefined> {
    const [found] = await orStoreUnavailable(() => this.redis.xrevrange(FEED_STREAM_KEY, '+', '-', 'COUNT', 1));
    if (found && fieldOf(found, 'lag') === undefined) throw new NotOurLog('an auth service writes the log here');
    return found && placeOf(found);
  }

  /**
   * Appends `records`, which follow `after`, and announces them.
   *
   * @param asOfMs - an instant of our monotonic clock at which none of them had been written; `undefined`: not known
   * @param trimBefore - position before which nothing matters any more
   * @throws {NotOurLog}
   * @throws {LogChanged} it ends before `after`.
   */
  append(after: Place, records: readonly RawRecord[], asOfMs?: number, trimBefore = ''): Promise<void> {
    return this.write(FEED_STREAM_KEY, after, records, asOfMs, { channel: FEED_NOTICE_CHANNEL, trimBefore });
  }

  /** A copy beside the log, for when the two have nothing to do with each other any more. */
  beginCopy(): RegionCopy {
    const key = `{${FEED_STREAM_KEY}}:copy:${randomHex(8)}`;
    return {
      append: (after, records) => this.write(key, after, records, undefined, { forgetAfterMs: FORGET_COPY_MS }),
      takeOver: async (expected) => {
        const keys = { log: FEED_STREAM_KEY, copy: key };
        const expectedLast = expected?.position ?? FEED_START;
        const outcome = await takeOverCopy.run(this.redis, keys, { expectedLast, channel: FEED_NOTICE_CHANNEL });
        if (outcome === 'foreign') throw new NotOurLog('an auth service writes the log here');
        if (outcome !== 'done') throw new LogChanged('somebody else has written it');
      },
      drop: async () => void (await orStoreUnavailable(() => this.redis.del(key))),
    };
  }

  /** Puts the bundle there unless it is there. @returns whether it was put there */
  async offerKeyBundle(bundle: string, version: string): Promise<boolean> {
    return orStoreUnavailable(async () => {
      if ((await this.redis.get(KEY_BUNDLE_KEY)) === bundle) return false;
      await this.redis.set(KEY_BUNDLE_KEY, bundle);
      await this.redis.publish(KEY_BUNDLE_CHANNEL, version);
      return true;
    });
  }

  private async write(
    key: string,
    after: Place,
    records: readonly RawRecord[],
    asOfMs: number | undefined,
    { channel = '', trimBefore = '', forgetAfterMs = '' }: WriteOptions,
  ): Promise<void> {
    if (asOfMs !== undefined && !this.clock) await this.askTime();
    const outcome = await appendCarried.run(
      this.redis,
      { log: key },
      {
        after: after.position,
        records: JSON.stringify(records),
        asOfMs: asOfMs === undefined ? '' : this.onItsClock(asOfMs),
        channel,
        trimBefore,
        forgetAfterMs,
      },
    );
    this.noteTime(outcome.nowMs);
    if (outcome.kind === 'foreign') throw new NotOurLog('an auth service writes the log here');
    if (outcome.kind !== 'written') throw new LogChanged('it ends before what is known to be there');
  }

  /** Never later than it was: that its answer was under way for a while makes the instant look older than it is. */
  private onItsClock(atMs: number): number | '' {
    return this.clock ? Math.floor(this.clock.saidMs - (this.clock.heardAtMs - atMs)) : '';
  }

  private async askTime(): Promise<void> {
    const [seconds, micros] = (await orStoreUnavailable(() => this.redis.time())) as unknown as [number, number];
    this.noteTime(Number(seconds) * 1000 + Math.floor(Number(micros) / 1000));
  }

  private noteTime(saidMs: number): void {
    this.clock = { saidMs, heardAtMs: this.monotonicMs() };
  }
}

interface WriteOptions {
  readonly channel?: string;
  readonly trimBefore?: string;
  readonly forgetAfterMs?: number | '';
}

export interface RegionCopy {
  append(after: Place, records: readonly RawRecord[]): Promise<void>;
  /**
   * It becomes the log, if that still ends where `expected` says.
   *
   * @throws {NotOurLog}
   * @throws {LogChanged}
   */
  takeOver(expected: Place | undefined): Promise<void>;
  /** Does nothing once it has become the log. */
  drop(): Promise<void>;
}
