import {
  comparePositions,
  FEED_START,
  MAX_CLOCK_TOLERANCE_SECONDS,
  REVOCATION_MARGIN_SECONDS,
  type FeedRecord,
} from '@gatehouse/contracts';
import type { FeedLog, OutboxRow } from '@gatehouse/revocation-log';
import type { FeedPlace } from './receipt-board.port.js';

export interface SearchLimits {
  /** Records read at a time. */
  readonly page: number;
  /** Pages read for one question: keeps it well below a second; whoever asks again goes on from there. */
  readonly maxPages: number;
  /** Revocations remembered. */
  readonly maxSearches: number;
}

const LIMITS: SearchLimits = { page: 1_000, maxPages: 40, maxSearches: 1_000 };
/** The database row is dated by the clock of an auth instance, the log by that of Redis. */
const CLOCK_DIFFERENCE_MS = 60_000;

/** How far a revocation has been looked for, in one life of the log. */
interface Search {
  readonly epoch: string;
  readonly missing: Set<string>;
  /** The last of its entries found so far. */
  found: string;
  /** Looked through from the guess up to here. */
  forward: string;
  /** Looked through from the start up to here; what lies before the guess is looked at last. */
  early: string;
  readonly guess: string;
}

/**
 * Finds where revocations lie in the feed. The feed is the only one that knows: nothing is written down beside it, so that a
 * sign-out costs no more. A revocation was written when its row was, so it is looked for from there; and what a search has
 * passed it does not look at again.
 */
export class RevocationPlaces {
  /** Least recently used first. */
  private readonly searches = new Map<string, Search>();

  /** @param accessTokenSeconds - longest life of an access token: by it the time of a row is told from its end */
  constructor(
    private readonly log: FeedLog,
    private readonly accessTokenSeconds: number,
    private readonly limits = LIMITS,
  ) {}

  /**
   * @param rows - all rows of one revocation
   * @returns the place of the last of its entries in the log as it is now; `undefined` when they are not all in it, or not
   *   found yet in a log of uncommon length.
   * @throws {SessionStoreUnavailable}
   */
  async find(rows: readonly OutboxRow[]): Promise<FeedPlace | undefined> {
    const [first] = rows;
    const epoch = await this.log.currentEpoch();
    if (!first || epoch === undefined) return undefined;
    const search = this.searchFor(first.entry.id, epoch, rows);
    await this.goOn(search, first.entry.id);
    return search.missing.size === 0 ? { epoch, position: search.found } : undefined;
  }

  private async goOn(search: Search, id: string): Promise<void> {
    const { page: size, maxPages } = this.limits;
    for (let i = 0; i < maxPages && search.missing.size > 0; i++) {
      const page = await this.log.readAfter(search.forward, size);
      this.look(page, search, id);
      search.forward = page.at(-1)?.position ?? search.forward;
      if (page.length < size) return this.goBack(search, id, maxPages - i);
    }
  }

  /** Through what lies before the guess: clocks may differ more than they should. */
  private async goBack(search: Search, id: string, pages: number): Promise<void> {
    for (let i = 0; i < pages && search.missing.size > 0; i++) {
      if (comparePositions(search.early, search.guess) >= 0) return;
      const page = await this.log.readAfter(search.early, this.limits.page);
      this.look(page, search, id);
      search.early = page.length < this.limits.page ? search.guess : (page.at(-1)?.position ?? search.guess);
    }
  }

  private look(page: readonly FeedRecord[], search: Search, id: string): void {
    for (const { entry, epoch, position } of page) {
      if (entry?.id !== id || epoch !== search.epoch) continue;
      // An entry may be there twice; the first one is the one that ended it.
      if (!search.missing.delete(keyOf(entry))) continue;
      if (comparePositions(position, search.found) > 0) search.found = position;
    }
  }

  private searchFor(id: string, epoch: string, rows: readonly OutboxRow[]): Search {
    const known = this.searches.get(id);
    const search = known?.epoch === epoch ? known : this.beginSearch(epoch, rows);
    this.searches.delete(id);
    this.searches.set(id, search);
    const [oldest] = this.searches.keys();
    if (this.searches.size > this.limits.maxSearches && oldest !== undefined) this.searches.delete(oldest);
    return search;
  }

  private beginSearch(epoch: string, rows: readonly OutboxRow[]): Search {
    const keptMs = (this.accessTokenSeconds + MAX_CLOCK_TOLERANCE_SECONDS + REVOCATION_MARGIN_SECONDS) * 1_000;
    const writtenAtMs = Math.min(...rows.map(({ entry }) => entry.untilMs)) - keptMs;
    const guess = `${Math.max(0, writtenAtMs - CLOCK_DIFFERENCE_MS)}-0`;
    const missing = new Set(rows.map(({ entry }) => keyOf(entry)));
    return { epoch, missing, found: FEED_START, forward: guess, early: FEED_START, guess };
  }
}

function keyOf({ scope, value }: { readonly scope: string; readonly value: string }): string {
  return `${scope} ${value}`;
}
