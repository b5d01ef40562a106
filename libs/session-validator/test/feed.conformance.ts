import { revocationUntilMs, type RevocationEntry } from '@gatehouse/contracts';
import { eventually, sleep } from '@gatehouse/testing';
import { FeedLedger } from '../src/core/feed/feed-ledger.js';
import type { RevocationFeed } from '../src/core/feed/feed.port.js';
import { systemTime } from '../src/core/time.js';

/** The writer's side of a feed under test, and the wire between. */
export interface FeedHarness {
  /** A feed of its own, on the log of this harness. */
  newFeed(): RevocationFeed;
  /** Appends and announces; `told: false` appends without a word, as when the announcement is lost. */
  append(entry: RevocationEntry, options?: { told: boolean }): Promise<void>;
  beat(): Promise<void>;
  /** Appends and announces an entry nobody can read. */
  appendUnreadable(): Promise<void>;
  /** The log is lost; what is appended next begins another life. */
  loseEverything(): Promise<void>;
  /**
   * What is appended next begins another life behind the records of this one, as a writer does that finds some missing. The
   * feed of tests has no such writer.
   */
  beginNewLife?(): void;
  /** Drops the oldest records until `keep` are left. */
  trim(keep: number): Promise<void>;
  /** Cuts the feed from the log, and back. */
  cut(): Promise<void>;
  heal(): Promise<void>;
  /** Everything written lies where it is read. At once, unless somebody carries it there. */
  arrived?(): Promise<void>;
  /** The next life of a lost log is appended to what is left of the one before: nobody loses their place. @default false */
  readonly keepsPlaces?: boolean;
  /** Holds up everything on its way, until `heal`. A feed in the same process has no way. */
  holdUp?(): void;
  close(): Promise<void>;
}

let serial = 0;

export function anEntry(overrides: Partial<RevocationEntry> = {}): RevocationEntry {
  serial += 1;
  return {
    id: `entry-${serial}`,
    scope: 'sid',
    value: serial.toString(16).padStart(64, '0'),
    cutoff: 0,
    untilMs: revocationUntilMs(Date.now(), 900),
    reason: 'user_signout',
    ...overrides,
  };
}

/** What every feed owes: see `RevocationFeed`. */
export function describeFeed(name: string, start: () => Promise<FeedHarness>): void {
  describe(`the feed over ${name}`, () => {
    let harness: FeedHarness;
    const feeds: RevocationFeed[] = [];

    beforeEach(async () => {
      harness = await start();
    });
    afterEach(async () => {
      await Promise.all(feeds.splice(0).map((feed) => feed.close()));
      await harness.close();
    });

    const follow = (mattersForMs = 0) => {
      const seen = new Set<string>();
      const ledger = new FeedLedger(
        systemTime,
        ({ value }) => seen.add(value),
        () => mattersForMs,
      );
      const feed = harness.newFeed();
      feeds.push(feed);
      feed.start(ledger);
      return { ledger, seen, feed };
    };
    const followed = async (mattersForMs?: number) => {
      await harness.beat();
      const follower = follow(mattersForMs);
      await eventually(() => expect(follower.ledger.isComplete).toBe(true));
      // From here on it listens as well.
      await harness.beat();
      await eventually(() => expect(follower.ledger.ageMs()).toBeLessThan(2_500));
      return follower;
    };

    it('holds what was written before it came, and calls it complete only with a heartbeat behind it', async () => {
      const [early, late] = [anEntry(), anEntry()];
      await harness.append(early);
      const { ledger, seen } = follow();
      await eventually(() => expect(seen).toContain(early.value));
      await sleep(50);
      expect(ledger.isComplete).toBe(false);
      await harness.append(late);
      await harness.beat();
      await eventually(() => expect(ledger.isComplete).toBe(true));
      expect([...seen]).toEqual([early.value, late.value]);
    });

    it('does not take an empty log for an empty list', async () => {
      const { ledger } = follow();
      await sleep(200);
      expect(ledger.isComplete).toBe(false);
      expect(ledger.ageMs()).toBe(Number.POSITIVE_INFINITY);
    });

    it('holds everything before the end of a long history when it calls itself complete', async () => {
      await harness.beat();
      const entries = Array.from({ length: 2_500 }, () => anEntry());
      for (const entry of entries) await harness.append(entry, { told: false });
      await harness.arrived?.();
      const { ledger, seen } = follow();
      const atCompletion = await new Promise<number>((resolve) => ledger.whenComplete(() => resolve(seen.size)));
      expect(atCompletion).toBe(entries.length);
    });

    it('brings an entry at once', async () => {
      const { seen } = await followed();
      const entry = anEntry();
      const startedAt = performance.now();
      await harness.append(entry);
      await eventually(() => expect(seen).toContain(entry.value), { everyMs: 1 });
      expect(performance.now() - startedAt).toBeLessThan(500);
    });

    it('brings an entry whose announcement was lost, with the next one', async () => {
      const { seen } = await followed();
      const [lost, next] = [anEntry(), anEntry()];
      await harness.append(lost, { told: false });
      await harness.append(next);
      await eventually(() => expect(seen).toContain(lost.value), { timeoutMs: 1_500 });
      await eventually(() => expect(seen).toContain(next.value));
    });

    it('brings an entry whose announcement was lost, also with one that it cannot read', async () => {
      const { seen } = await followed();
      const lost = anEntry();
      await harness.append(lost, { told: false });
      await harness.appendUnreadable();
      await eventually(() => expect(seen).toContain(lost.value), { timeoutMs: 1_500 });
    });

    it('brings everything that was written while it was cut off', async () => {
      const { seen, ledger } = await followed();
      await harness.cut();
      const entries = Array.from({ length: 50 }, () => anEntry());
      for (const entry of entries) await harness.append(entry);
      await sleep(50);
      expect(seen.size).toBe(0);
      await harness.heal();
      await eventually(() => expect([...seen]).toEqual(entries.map(({ value }) => value)));
      await harness.beat();
      await eventually(() => expect(ledger.ageMs()).toBeLessThan(2_500));
    });

    it('ages while it is cut off, and reconnecting alone makes it no younger', async () => {
      const { ledger } = await followed();
      await harness.cut();
      await sleep(300);
      const before = ledger.ageMs();
      expect(before).toBeGreaterThanOrEqual(250);
      await harness.heal();
      await sleep(700);
      expect(ledger.ageMs()).toBeGreaterThan(before);
    });

    it('goes on after the log was lost, and proves nothing before the new life beats', async () => {
      const { seen, ledger } = await followed();
      const kept = anEntry();
      await harness.append(kept);
      await eventually(() => expect(seen).toContain(kept.value));
      await harness.loseEverything();
      const before = ledger.epoch;
      const replayed = anEntry();
      const startedAt = performance.now();
      await harness.append(replayed);
      await eventually(() => expect(seen).toContain(replayed.value));
      await eventually(() => expect(ledger.epoch).not.toBe(before));
      expect(ledger.ageMs()).toBeGreaterThanOrEqual(performance.now() - startedAt);
      // Again and again, as a writer does: what a first one proves may lie before all this, by as long as it was under way.
      await eventually(async () => {
        await harness.beat();
        expect(ledger.ageMs()).toBeLessThan(performance.now() - startedAt);
      });
      expect(ledger.isComplete).toBe(true);
    });

    it('goes on into a life that begins behind the one before, in the same log; so does who comes then', async () => {
      const joined = await followed();
      if (!harness.beginNewLife) return void expect(name).toBe('memory');
      const before = joined.ledger.epoch;
      await harness.append(anEntry());
      await eventually(() => expect(joined.seen.size).toBe(1));
      harness.beginNewLife();
      const [replayed, next] = [anEntry(), anEntry()];
      await harness.append(replayed);
      await harness.beat();
      await eventually(() => expect(joined.seen).toContain(replayed.value));
      const late = follow();
      await eventually(() => expect(late.ledger.isComplete).toBe(true));
      await harness.append(next);
      for (const { seen, ledger } of [joined, late]) {
        await eventually(() => expect([seen.size, seen.has(next.value)]).toEqual([3, true]), { timeoutMs: 1_500 });
        expect(ledger.epoch).not.toBe(before);
      }
      await harness.beat();
      await harness.beat();
      for (const { ledger } of [joined, late]) await eventually(() => expect(ledger.ageMs()).toBeLessThan(2_500));
    });

    it('reads the whole log when its place was lost while it was cut off', async () => {
      const { seen, ledger } = await followed();
      await harness.cut();
      await harness.loseEverything();
      const entries = [anEntry(), anEntry()];
      for (const entry of entries) await harness.append(entry);
      await harness.beat();
      await harness.heal();
      await eventually(() => expect([...seen]).toEqual(entries.map(({ value }) => value)), { timeoutMs: 10_000 });
      if (harness.keepsPlaces !== true) expect(ledger.restarts).toBeGreaterThan(0);
    });

    it('reads what is left when the log was trimmed past its place', async () => {
      const { seen, ledger } = await followed();
      await harness.cut();
      const [gone, left] = [anEntry(), anEntry()];
      await harness.append(gone);
      await harness.append(left);
      await harness.beat();
      await harness.trim(2);
      await harness.heal();
      await eventually(() => expect(seen).toContain(left.value), { timeoutMs: 10_000 });
      expect(seen).not.toContain(gone.value);
      await harness.beat();
      await harness.beat();
      await eventually(() => expect(ledger.ageMs()).toBeLessThan(2_500));
    });

    it('takes no log for the whole list that was cut short of what still matters, until it is filled anew', async () => {
      const { seen, ledger } = await followed(900_000);
      await harness.cut();
      const [gone, left] = [anEntry(), anEntry()];
      await harness.append(gone);
      await harness.append(left);
      await harness.beat();
      await harness.trim(2);
      const before = ledger.ageMs();
      await harness.heal();
      await eventually(() => expect(seen).toContain(left.value), { timeoutMs: 10_000 });
      await harness.beat();
      await harness.beat();
      await sleep(100);
      expect(ledger.ageMs()).toBeGreaterThan(before);
      await harness.loseEverything();
      for (const entry of [gone, left]) await harness.append(entry);
      await harness.beat();
      await eventually(() => expect(seen).toContain(gone.value));
      await harness.beat();
      await harness.beat();
      await eventually(() => expect(ledger.ageMs()).toBeLessThan(2_500));
    });

    it('begins with no log that was cut short of what still matters', async () => {
      const [gone, left] = [anEntry(), anEntry()];
      await harness.beat();
      await harness.append(gone);
      await harness.append(left);
      await harness.beat();
      await harness.trim(2);
      const { seen, ledger } = follow(900_000);
      await eventually(() => expect(seen).toContain(left.value));
      await harness.beat();
      await sleep(100);
      expect(ledger.isComplete).toBe(false);
      await harness.loseEverything();
      for (const entry of [gone, left]) await harness.append(entry);
      await harness.beat();
      await eventually(() => expect(ledger.isComplete).toBe(true));
      expect(seen).toContain(gone.value);
    });

    it('takes a heartbeat that was held up on its way for as old as it is', async () => {
      const { seen, ledger } = await followed();
      // In the same process nothing is ever on its way.
      if (!harness.holdUp) return void expect(name).toBe('memory');
      await harness.append(anEntry());
      await eventually(() => expect(seen.size).toBe(1));
      harness.holdUp();
      const writtenAt = performance.now();
      await harness.beat();
      await harness.append(anEntry());
      await sleep(700);
      await harness.heal();
      await eventually(() => expect(seen.size).toBe(2), { everyMs: 1 });
      const atLeastMs = performance.now() - writtenAt;
      expect(ledger.ageMs()).toBeGreaterThanOrEqual(atLeastMs - 5);
    });

    it('passes over an entry it cannot read, and does not take it for a heartbeat', async () => {
      await harness.appendUnreadable();
      const { ledger, seen } = follow();
      await eventually(() => expect(ledger.unreadable).toBeGreaterThan(0));
      await sleep(50);
      expect(ledger.isComplete).toBe(false);
      const entry = anEntry();
      await harness.append(entry);
      await harness.beat();
      await eventually(() => expect(ledger.isComplete).toBe(true));
      expect(seen).toContain(entry.value);
      await harness.appendUnreadable();
      const after = anEntry();
      await harness.append(after);
      await eventually(() => expect(seen).toContain(after.value));
      await harness.beat();
      await harness.beat();
      await eventually(() => expect(ledger.ageMs()).toBeLessThan(1_500));
    });

    it('brings nothing after it was closed', async () => {
      const { feed, seen } = await followed();
      await feed.close();
      await harness.append(anEntry());
      await harness.beat();
      await sleep(100);
      expect(seen.size).toBe(0);
    });
  });
}
