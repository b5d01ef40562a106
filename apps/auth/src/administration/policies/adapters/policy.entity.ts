import { columnTypes, type Dialect } from '@gatehouse/sql';
import { EntitySchema } from 'typeorm';

/** A row of `policies`. */
export interface PolicyRow {
  name: string;
  /** Grows by one with each change. */
  version: number;
  /** JSON object. */
  document: string;
  updatedAtMs: number;
  updatedBy: number | null;
}

export function policyEntity(dialect: Dialect): EntitySchema<PolicyRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<PolicyRow>({
    name: 'Policy',
    tableName: 'policies',
    columns: {
      name: { name: 'name', ...types.string(32), primary: true },
      version: { name: 'version', ...types.bigint },
      document: { name: 'document', ...types.text },
      updatedAtMs: { name: 'updated_at_ms', ...types.bigint },
      updatedBy: { name: 'updated_by', ...types.bigint, nullable: true },
    },
  });
}
