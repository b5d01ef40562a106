import { comparePositions, FEED_START, type FeedRecord } from '@gatehouse/contracts';
import type { Appended, EpochMismatch, FeedLog } from '../feed-log.port.js';
import { anEntry } from './builders.js';

export interface LogUnderTest {
  /** Two writers of the same, empty log; the same object twice where there is only one. */
  readonly writers: readonly [FeedLog, FeedLog];
  /** Lets what was announced arrive. */
  readonly settle: () => Promise<void>;
}

const KEEP_MS = 60_000;

function appended(outcome: Appended | EpochMismatch): readonly FeedRecord[] {
  if (outcome.kind !== 'appended') throw new Error(`the log is in epoch ${outcome.epoch ?? 'none'}`);
  return outcome.records;
}

/** What every `FeedLog` owes. `make` gives a fresh, empty log each time. */
export function describeFeedLog(name: string, make: () => Promise<LogUnderTest>): void {
  describe(`FeedLog: ${name}`, () => {
    let log: FeedLog;
    let other: FeedLog;
    let settle: LogUnderTest['settle'];
    beforeEach(async () => {
      ({
        writers: [log, other],
        settle,
      } = await make());
    });

    it('has no epoch until one is opened, and refuses to be written before', async () => {
      expect(await log.currentEpoch()).toBeUndefined();
      expect(await log.append('e1', [anEntry()], KEEP_MS)).toEqual({ kind: 'epoch-mismatch', epoch: undefined });
      expect(await log.beat('e1', KEEP_MS)).toEqual({ kind: 'epoch-mismatch', epoch: undefined });
      expect(await log.readAfter(FEED_START, 10)).toEqual([]);
    });

    it('gives writers that race the same epoch', async () => {
      const names = await Promise.all([log.openEpoch('e1'), other.openEpoch('e2'), log.openEpoch('e3')]);
      expect(new Set(names).size).toBe(1);
      expect(await other.currentEpoch()).toBe(names[0]);
    });

    it('keeps what is appended, in order, each record naming the one before', async () => {
      await log.openEpoch('e1');
      const entries = [anEntry(), anEntry({ scope: 'sub', value: '7', cutoff: 3 })];
      const records = appended(await log.append('e1', entries, KEEP_MS));
      const [beat] = appended(await other.beat('e1', KEEP_MS));
      expect(await log.readAfter(FEED_START, 10)).toEqual([...records, beat]);
      expect(records.map(({ entry }) => entry)).toEqual(entries);
      expect(beat?.entry).toBeUndefined();
      expect(records[0]?.previous).toBe(FEED_START);
      expect(records[1]?.previous).toBe(records[0]?.position);
      expect(beat?.previous).toBe(records[1]?.position);
      expect(comparePositions(records[0]!.position, records[1]!.position)).toBeLessThan(0);
    });

    it('is read in pages from any position', async () => {
      await log.openEpoch('e1');
      const records = appended(
        await log.append(
          'e1',
          Array.from({ length: 250 }, () => anEntry()),
          KEEP_MS,
        ),
      );
      expect(records).toHaveLength(250);
      expect(await log.readAfter(records[9]!.position, 3)).toEqual(records.slice(10, 13));
      expect(await log.readAfter(records[249]!.position, 3)).toEqual([]);
    });

    it('announces each record to whoever listens, and stops when told', async () => {
      await log.openEpoch('e1');
      const heard: FeedRecord[] = [];
      const stop = other.onRecord((record) => heard.push(record));
      const records = appended(await log.append('e1', [anEntry(), anEntry()], KEEP_MS));
      await settle();
      expect(heard).toEqual(records);
      stop();
      await log.beat('e1', KEEP_MS);
      await settle();
      expect(heard).toHaveLength(2);
    });

    it('can be given another life, which all writers must then join', async () => {
      await log.openEpoch('e1');
      await log.append('e1', [anEntry()], KEEP_MS);
      expect(await log.openEpoch('e2')).toBe('e1');
      expect(await log.openEpoch('e2', 'e1')).toBe('e2');
      expect(await other.openEpoch('e3', 'e1')).toBe('e2');
      expect(await other.beat('e1', KEEP_MS)).toEqual({ kind: 'epoch-mismatch', epoch: 'e2' });
      appended(await other.append('e2', [anEntry()], KEEP_MS));
      expect(await log.currentEpoch()).toBe('e2');
      expect((await log.readAfter(FEED_START, 10)).map(({ epoch }) => epoch)).toEqual(['e1', 'e2']);
    });

    it('keeps awkward text as it was', async () => {
      await log.openEpoch('e1');
      const entry = anEntry({ value: '}"\\\r\n*{é\u2028', scope: 'client', cutoff: 1_800_000_000 });
      await log.append('e1', [entry], KEEP_MS);
      expect((await log.readAfter(FEED_START, 1))[0]?.entry).toEqual(entry);
    });
  });
}
