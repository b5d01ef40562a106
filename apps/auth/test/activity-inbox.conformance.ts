import { ACTIVITY_STREAM_MAX_RECORDS } from '@gatehouse/contracts';
import type { ActivityInbox, Taken } from '../src/activity/activity-inbox.port.js';
import { aBatch } from './activity.js';

export interface InboxUnderTest {
  readonly inbox: ActivityInbox;
  /** The same inbox, as another instance of the service sees it. */
  readonly other: ActivityInbox;
  readonly nowMs: () => Promise<number>;
}

const MOST = 100;
const namesIn = ({ batches }: Taken) => batches.map(({ batch }) => batch.instance);

/** What every adapter of {@link ActivityInbox} does. */
export function describeActivityInbox(name: string, make: () => Promise<InboxUnderTest>): void {
  describe(`an inbox for activity: ${name}`, () => {
    let made: InboxUnderTest;
    beforeEach(async () => {
      made = await make();
    });

    it('hands out what came in, in order, with the time of its arrival, and nothing when there is nothing', async () => {
      const { inbox, nowMs } = made;
      const none = { batches: [], duplicates: 0, unreadable: 0, lost: 0, more: false };
      expect(await inbox.take(MOST)).toEqual(none);
      const sent = [aBatch(), aBatch(), aBatch()];
      const beforeMs = await nowMs();
      for (const batch of sent) await inbox.post(batch);
      const taken = await inbox.take(MOST);
      expect(taken.batches.map(({ batch }) => batch)).toEqual(sent);
      for (const { arrivedAtMs } of taken.batches) {
        expect(arrivedAtMs).toBeGreaterThanOrEqual(beforeMs);
        expect(arrivedAtMs).toBeLessThanOrEqual(await nowMs());
      }
      expect(await inbox.take(MOST)).toEqual(none);
    });

    it('hands out as much as is asked for, and says whether there is more', async () => {
      const { inbox } = made;
      for (let i = 0; i < 5; i++) await inbox.post(aBatch());
      const first = await inbox.take(3);
      expect([first.batches.length, first.more]).toEqual([3, true]);
      const second = await inbox.take(3);
      expect([second.batches.length, second.more]).toEqual([2, false]);
    });

    it('hands each batch to one of several that take at the same time', async () => {
      const { inbox, other } = made;
      const sent = Array.from({ length: 60 }, () => aBatch());
      await Promise.all(sent.map((batch, i) => (i % 2 ? inbox : other).post(batch)));
      const taken = await Promise.all(Array.from({ length: 30 }, (_, i) => (i % 2 ? inbox : other).take(7)));
      expect(taken.flatMap(namesIn).sort()).toEqual(sent.map(({ instance }) => instance).sort());
    });

    it('knows a batch that was sent again, in the same taking and later, whoever takes it', async () => {
      const { inbox, other } = made;
      const batch = aBatch();
      await inbox.post(batch);
      await inbox.post(batch);
      expect(await inbox.take(MOST)).toMatchObject({ batches: [{ batch }], duplicates: 1, lost: 0 });
      await other.post(batch);
      expect(await other.take(MOST)).toMatchObject({ batches: [], duplicates: 1 });
      const next = { ...batch, batch: 2 };
      await inbox.post(next);
      expect(await other.take(MOST)).toMatchObject({ batches: [{ batch: next }], duplicates: 0, lost: 0 });
    });

    it('knows by the numbers how many batches never came', async () => {
      const { inbox } = made;
      const batch = aBatch({ batch: 3 });
      // Of one that was never heard of nobody knows.
      await inbox.post(batch);
      expect((await inbox.take(MOST)).lost).toBe(0);
      await inbox.post({ ...batch, batch: 7 });
      expect((await inbox.take(MOST)).lost).toBe(3);
    });

    it('keeps a bounded number of batches, the newest ones', async () => {
      const { inbox } = made;
      const instance = aBatch().instance;
      const over = ACTIVITY_STREAM_MAX_RECORDS / 4;
      const count = ACTIVITY_STREAM_MAX_RECORDS + over;
      for (let i = 1; i <= count; i++) await inbox.post(aBatch({ instance, batch: i }));
      const { batches } = await inbox.take(count);
      expect(batches.at(-1)?.batch.batch).toBe(count);
      // Redis trims whole nodes of about a hundred records.
      expect(batches.length).toBeLessThan(ACTIVITY_STREAM_MAX_RECORDS + 150);
      expect(batches.length).toBeGreaterThanOrEqual(ACTIVITY_STREAM_MAX_RECORDS);
    });
  });
}
