import { columnTypes, type Dialect } from '@gatehouse/sql';
import { EntitySchema } from 'typeorm';

/** A row of `user_imports`. Never leaves its adapter. */
export interface UserImportRow {
  id: string;
  startedBy: number;
  /** 0 or 1. */
  dryRun: number;
  startedAtMs: number;
  updatedAtMs: number;
  created: number;
  updated: number;
  skipped: number;
  failed: number;
}

export function userImportEntity(dialect: Dialect): EntitySchema<UserImportRow> {
  const types = columnTypes(dialect);
  const count = { ...types.integer, default: 0 };
  return new EntitySchema<UserImportRow>({
    name: 'UserImport',
    tableName: 'user_imports',
    columns: {
      id: { name: 'id', ...types.string(36), primary: true },
      startedBy: { name: 'started_by', ...types.bigint },
      dryRun: { name: 'dry_run', ...types.integer },
      startedAtMs: { name: 'started_at_ms', ...types.bigint },
      updatedAtMs: { name: 'updated_at_ms', ...types.bigint },
      created: { name: 'created', ...count },
      updated: { name: 'updated', ...count },
      skipped: { name: 'skipped', ...count },
      failed: { name: 'failed', ...count },
    },
  });
}
