import type { OutboxRow, RevocationOutbox } from '../outbox.port.js';
import { aRow } from './builders.js';

/** What every `RevocationOutbox` owes. `make` gives two users of one fresh, empty outbox. */
export function describeRevocationOutbox(
  name: string,
  make: () => Promise<readonly [RevocationOutbox, RevocationOutbox]>,
): void {
  describe(`RevocationOutbox: ${name}`, () => {
    let outbox: RevocationOutbox;
    let other: RevocationOutbox;
    beforeEach(async () => {
      [outbox, other] = await make();
    });

    const all = async (nowMs: number, limit = 2) => {
      const rows: OutboxRow[] = [];
      for await (const page of outbox.unexpired(nowMs, limit)) rows.push(...page);
      return rows;
    };

    it('delivers what was added, once, in order', async () => {
      const rows = [aRow(), aRow({ scope: 'sub', value: '7', cutoff: 2 }, null), aRow()];
      await outbox.add(rows);
      const delivered: OutboxRow[] = [];
      const deliver = async (some: readonly OutboxRow[]) => void delivered.push(...some);
      expect(await outbox.countPending()).toBe(3);
      expect(await other.deliverPending(2, deliver)).toBe(2);
      expect(await outbox.deliverPending(2, deliver)).toBe(1);
      expect(await outbox.deliverPending(2, deliver)).toBe(0);
      expect(delivered).toEqual(rows);
      expect(await outbox.countPending()).toBe(0);
    });

    it('keeps the first of two that are the same, and what it knows of its delivery', async () => {
      const row = aRow();
      await outbox.add([row, aRow({ id: row.entry.id })]);
      await outbox.markDelivered([row.entry]);
      await outbox.add([row]);
      expect(await outbox.countPending()).toBe(1);
      expect(await all(0)).toHaveLength(2);
    });

    it('keeps as undelivered what could not be delivered', async () => {
      await outbox.add([aRow()]);
      await expect(outbox.deliverPending(9, () => Promise.reject(new Error('feed away')))).rejects.toThrow();
      expect(await outbox.countPending()).toBe(1);
    });

    it('loses nothing between two that deliver at the same time', async () => {
      const rows = Array.from({ length: 40 }, () => aRow());
      await outbox.add(rows);
      const seen = new Set<string>();
      const drain = async (one: RevocationOutbox) => {
        while ((await one.countPending()) > 0) {
          await one.deliverPending(7, async (some) => {
            await new Promise((resolve) => setTimeout(resolve, 2));
            for (const { entry } of some) seen.add(entry.value);
          });
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
      };
      await Promise.all([drain(outbox), drain(other)]);
      expect(seen.size).toBe(40);
    });

    it('gives all that still matters, delivered or not, page by page', async () => {
      const rows = [aRow({ untilMs: 10 }), aRow({ untilMs: 20 }), aRow({ untilMs: 30 }), aRow({ untilMs: 40 })];
      await outbox.add(rows);
      await outbox.markDelivered([rows[2]!.entry]);
      expect(await all(10)).toEqual(rows.slice(1));
      expect(await all(10, 3)).toEqual(rows.slice(1));
    });

    it('finds the rows of one revocation, delivered or not, and nobody else’s', async () => {
      const row = aRow();
      const rows = [row, aRow({ id: row.entry.id }, null), aRow()];
      await outbox.add(rows);
      await outbox.markDelivered([row.entry]);
      expect(await other.find(row.entry.id)).toEqual(rows.slice(0, 2));
      expect(await outbox.find('nobody knows it')).toEqual([]);
      expect(await outbox.find(row.entry.id.toUpperCase())).toEqual([]);
    });

    it('lists what it keeps, newest first, page by page and by what it is about', async () => {
      const rows = [
        aRow(),
        aRow({ scope: 'sub', value: '7', cutoff: 1, reason: 'role_changed' }),
        aRow({ scope: 'sub', value: '7', cutoff: 2, reason: 'password_changed' }),
        aRow({ scope: 'sub', value: '70', cutoff: 2, reason: 'password_changed' }),
      ];
      for (const row of rows) await outbox.add([row]);
      await outbox.markDelivered([rows[0]!.entry]);
      const valuesOf = (listed: readonly OutboxRow[]) => listed.map(({ entry }) => entry);
      const first = await other.page({ limit: 3 });
      expect(valuesOf(first)).toEqual(
        rows
          .slice(1)
          .reverse()
          .map(({ entry }) => entry),
      );
      const rest = await other.page({ limit: 3, beforePosition: first.at(-1)!.position });
      expect(valuesOf(rest)).toEqual([rows[0]!.entry]);
      expect([first[0]!.deliveredAtMs, rest[0]!.deliveredAtMs]).toEqual([null, expect.any(Number)]);
      const ofSeven = await outbox.page({ limit: 9, scope: 'sub', value: '7' });
      expect(ofSeven.map(({ entry }) => entry.cutoff)).toEqual([2, 1]);
      expect(await outbox.page({ limit: 9, scope: 'sub', value: '7', reason: 'role_changed' })).toHaveLength(1);
    });

    it('forgets what is delivered and past', async () => {
      const rows = [aRow({ untilMs: 10 }), aRow({ untilMs: 10 }), aRow({ untilMs: 30 })];
      await outbox.add(rows);
      await outbox.markDelivered([rows[0]!.entry, rows[2]!.entry]);
      expect(await outbox.prune(10)).toBe(1);
      expect(await all(0)).toEqual(rows.slice(1));
    });
  });
}
