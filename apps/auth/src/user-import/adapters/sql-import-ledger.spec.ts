import { randomUuid } from '@gatehouse/kernel';
import { FakeClock } from '@gatehouse/kernel/testing';
import { databases } from '../../../test/databases.js';
import { SqlImportLedger } from './sql-import-ledger.js';

describe.each(databases)('the ledger of imports on %s', (_name, fresh) => {
  const clock = new FakeClock();
  let ledgers: SqlImportLedger[];
  beforeAll(async () => {
    const open = await fresh();
    ledgers = [];
    for (let n = 0; n < 2; n++) ledgers.push(new SqlImportLedger((await open()).dataSource, clock));
  });

  it('begins an import once, however many parts arrive at a time', async () => {
    const id = randomUuid();
    const begun = await Promise.all(
      Array.from({ length: 10 }, (_, n) => ledgers[n % 2]!.begin({ id, startedBy: n + 1, dryRun: n % 2 === 0 })),
    );
    expect(new Set(begun.map(({ startedBy }) => startedBy)).size).toBe(1);
    await expect(ledgers[0]!.find(id)).resolves.toEqual(begun[0]);
    expect(begun[0]).toMatchObject({ id, created: 0, updated: 0, skipped: 0, failed: 0, startedAtMs: clock.nowMs() });
  });

  it('adds what parts bring side by side', async () => {
    const id = randomUuid();
    await ledgers[0]!.begin({ id, startedBy: 1, dryRun: false });
    clock.advance(5_000);
    await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        ledgers[n % 2]!.add(id, { created: n, updated: 1, skipped: 2, failed: n % 2 }),
      ),
    );
    const record = await ledgers[1]!.find(id);
    expect(record).toMatchObject({ created: 190, updated: 20, skipped: 40, failed: 10 });
    expect(record!.updatedAtMs - record!.startedAtMs).toBe(5_000);
  });

  it('knows nothing of an import nobody began', async () => {
    await expect(ledgers[0]!.find(randomUuid())).resolves.toBeUndefined();
    await expect(
      ledgers[0]!.add(randomUuid(), { created: 1, updated: 0, skipped: 0, failed: 0 }),
    ).resolves.toBeUndefined();
  });
});
