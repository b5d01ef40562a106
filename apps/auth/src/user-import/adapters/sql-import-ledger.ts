import { DatabaseUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import { isDuplicateKey, orUnavailable } from '@gatehouse/sql';
import type { DataSource, Repository } from 'typeorm';
import { type ImportCounts, ImportLedger, type ImportRecord, type NewImport } from '../import-ledger.port.js';
import type { UserImportRow } from './user-import.entity.js';

const COUNTS = ['created', 'updated', 'skipped', 'failed'] as const;

/** Imports in MySQL or SQLite. */
export class SqlImportLedger extends ImportLedger {
  private readonly rows: Repository<UserImportRow>;

  constructor(
    dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    super();
    this.rows = dataSource.getRepository<UserImportRow>('UserImport');
  }

  override async begin({ id, startedBy, dryRun }: NewImport): Promise<ImportRecord> {
    const nowMs = this.clock.nowMs();
    const row = { id, startedBy, dryRun: dryRun ? 1 : 0, startedAtMs: nowMs, updatedAtMs: nowMs };
    try {
      await orUnavailable(() => this.rows.insert(row));
    } catch (error) {
      // Begun before, or by another request at this moment.
      if (!isDuplicateKey(error)) throw error;
    }
    const record = await this.find(id);
    if (!record) throw new DatabaseUnavailable('an import that was just begun is not there');
    return record;
  }

  override async add(id: string, counts: ImportCounts): Promise<void> {
    // The database adds: requests of one import may run side by side.
    const sums = COUNTS.map((name) => [name, () => `${name} + ${Math.trunc(counts[name])}`]);
    const change = { ...Object.fromEntries(sums), updatedAtMs: this.clock.nowMs() } as Partial<UserImportRow>;
    await orUnavailable(() => this.rows.update({ id }, change));
  }

  override async find(id: string): Promise<ImportRecord | undefined> {
    const row = await orUnavailable(() => this.rows.findOneBy({ id }));
    return row ? { ...row, dryRun: row.dryRun === 1 } : undefined;
  }
}
