import { comparePositions, FEED_START } from '@gatehouse/contracts';
import { setTimeout } from 'node:timers/promises';
import { HomeAway, type HomeLog, PAGE } from './home-log.js';
import { fieldOf, placeOf, START, type Place, type RawRecord } from './raw-record.js';
import { LogChanged, NotOurLog, type RegionLog } from './region-log.js';

/** After a fault, in ms. */
const RETRY_MS = 250;
/** A log that is alive grows each second. When it does not, it may be another one, whose ids begin before ours. */
const SILENCE_MS = 3_000;
const TRIM_EVERY_MS = 30_000;

/**
 * - `following`: what is written at home lies here a moment later · `filling`: the whole log is copied
 * - `home-away`, `here-away`: the Redis of that side does not answer · `not-ours`: an auth service writes the log here
 */
export type RegionRelayState = 'starting' | 'following' | 'filling' | 'home-away' | 'here-away' | 'not-ours';

export interface RegionRelayStatus {
  readonly state: RegionRelayState;
  /** Last record that lies here. */
  readonly position: string | undefined;
  /** How long ago, at most, this region held everything that had been written at home; infinite before the first time. */
  readonly behindMs: number;
  /** Since the start. */
  readonly records: number;
  /** Times the whole log was copied since the start. */
  readonly copies: number;
}

export interface RegionRelaySettings {
  /** Told when the state becomes another. */
  readonly onState?: (state: RegionRelayState) => void;
  /** A clock nobody sets, in ms. @default `performance.now` */
  readonly monotonicMs?: () => number;
}

/**
 * Carries the revocation feed of the home region into the Redis of another one, whose validators read it there. Records keep
 * their ids, their order, and their epochs; each says how old it may have been when it came to lie here, so that a heartbeat that
 * was held up on its way is taken for as old as it is.
 *
 * Any number may run for a region; all of it bears repetition and company. It holds no place of its own: where it goes on is
 * where this region's log ends. When there is none yet, or it cannot be continued, the home's is copied whole beside it and
 * takes its place in one step.
 */
export class RegionRelay {
  private state: RegionRelayState = 'starting';
  private place: Place = START;
  /** At that time nothing lay at home beyond what lies here now. */
  private wholeAtMs: number | undefined;
  private records = 0;
  private copies = 0;
  private trimmedAtMs = Number.NEGATIVE_INFINITY;
  private readonly monotonicMs: () => number;

  constructor(
    private readonly home: HomeLog,
    private readonly here: RegionLog,
    private readonly settings: RegionRelaySettings = {},
  ) {
    this.monotonicMs = settings.monotonicMs ?? (() => performance.now());
  }

  status(): RegionRelayStatus {
    const { state, place, records, copies, wholeAtMs } = this;
    return {
      state,
      position: place.position === FEED_START ? undefined : place.position,
      behindMs: wholeAtMs === undefined ? Number.POSITIVE_INFINITY : this.monotonicMs() - wholeAtMs,
      records,
      copies,
    };
  }

  /** Carries until `stop` aborts. Never throws: what is away is told by {@link status} and tried again. */
  async run(stop: AbortSignal): Promise<void> {
    while (!stop.aborted) {
      try {
        await this.follow(stop);
      } catch (error) {
        if (stop.aborted) return;
        this.note(error);
        await setTimeout(RETRY_MS, undefined, { signal: stop }).catch(() => undefined);
      }
    }
  }

  private async follow(stop: AbortSignal): Promise<void> {
    this.place = await this.begin(stop);
    this.enter('following');
    let grewAtMs = this.monotonicMs();
    for (let isFirst = true; !stop.aborted;) {
      const askedAtMs = this.monotonicMs();
      const page = await this.home.after(this.place.position);
      const [first] = page;
      const isSuspicious = first
        ? !isFirst && fieldOf(first, 'prev') !== this.place.position
        : this.monotonicMs() - grewAtMs > SILENCE_MS;
      // The log may have become another: it is looked at anew how the two belong together.
      if (isSuspicious && !(await this.home.holds(this.place))) return;
      if (page.length > 0 || isSuspicious) grewAtMs = this.monotonicMs();
      if (page.length > 0) {
        await this.carry(page);
        isFirst = false;
      }
      if (page.length < PAGE) this.wholeAtMs = askedAtMs;
    }
  }

  /** Where to go on. */
  private async begin(stop: AbortSignal): Promise<Place> {
    const last = await this.here.last();
    if (!last) return this.copy(undefined, stop);
    if (await this.home.holds(last)) return last;
    const beginning = await this.home.beginning();
    // All of it lies beyond what is here: a new life of the log, or one that was trimmed past our place. It is carried as any
    // other, and readers see by the epoch, or by what the first record says of the one before it, what to think of it.
    const isBeyond = beginning === undefined || comparePositions(beginning, last.position) > 0;
    return isBeyond ? last : this.copy(last, stop);
  }

  private async carry(page: readonly RawRecord[]): Promise<void> {
    await this.here.append(this.place, page, this.wholeAtMs, await this.trimBefore());
    this.place = lastOf(page);
    this.records += page.length;
  }

  /** Now and then, where the log at home begins: here nothing older matters either. */
  private async trimBefore(): Promise<string | undefined> {
    const nowMs = this.monotonicMs();
    if (nowMs - this.trimmedAtMs < TRIM_EVERY_MS) return undefined;
    this.trimmedAtMs = nowMs;
    return this.home.beginning();
  }

  /** The whole log. It takes the place of what is here once it is read to its end, so that nobody takes a part for the whole. */
  private async copy(replacing: Place | undefined, stop: AbortSignal): Promise<Place> {
    this.enter('filling');
    this.wholeAtMs = undefined;
    const copy = this.here.beginCopy();
    try {
      for (let place = START; ;) {
        stop.throwIfAborted();
        const askedAtMs = this.monotonicMs();
        const page = await this.home.after(place.position);
        if (page.length > 0) {
          await copy.append(place, page);
          place = lastOf(page);
        } else if (place !== START && !(await this.home.holds(place))) {
          throw new LogChanged('the log at home became another');
        }
        if (page.length === PAGE || place === START) continue;
        await copy.takeOver(replacing);
        this.copies += 1;
        this.wholeAtMs = askedAtMs;
        return place;
      }
    } finally {
      await copy.drop().catch(() => undefined);
    }
  }

  private note(error: unknown): void {
    if (error instanceof LogChanged) return;
    if (error instanceof HomeAway) this.enter('home-away');
    else this.enter(error instanceof NotOurLog ? 'not-ours' : 'here-away');
  }

  private enter(state: RegionRelayState): void {
    if (state === this.state) return;
    this.state = state;
    this.settings.onState?.(state);
  }
}

function lastOf(page: readonly RawRecord[]): Place {
  const last = page.at(-1);
  return last ? placeOf(last) : START;
}
