import { columnTypes, type Dialect } from '@gatehouse/sql';
import { EntitySchema } from 'typeorm';

/** A row of `used_assertions`. Never leaves its adapter. */
export interface UsedAssertionRow {
  /** SHA-256 of client and token id, hex. */
  print: string;
  expiresAtMs: number;
}

export function usedAssertionEntity(dialect: Dialect): EntitySchema<UsedAssertionRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<UsedAssertionRow>({
    name: 'UsedAssertion',
    tableName: 'used_assertions',
    columns: {
      print: { name: 'print', ...types.string(64), primary: true },
      expiresAtMs: { name: 'expires_at_ms', ...types.bigint },
    },
    indices: [{ name: 'ix_used_assertions_expires', columns: ['expiresAtMs'] }],
  });
}
