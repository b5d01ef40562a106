import { EntitySchema } from 'typeorm';
import { columnTypes, type Dialect } from '@gatehouse/sql';

/** The one row of `audit_chain`: both ends, and the seal over them. Who appends holds its lock. */
export interface AuditChainRow {
  /** Always 1. */
  id: number;
  seq: number;
  hash: string;
  prunedSeq: number;
  prunedHash: string;
  /** `null` until the first event. */
  seal: string | null;
}

export function auditChainEntity(dialect: Dialect): EntitySchema<AuditChainRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<AuditChainRow>({
    name: 'AuditChain',
    tableName: 'audit_chain',
    columns: {
      id: { name: 'id', ...types.integer, primary: true },
      seq: { name: 'seq', ...types.bigint },
      hash: { name: 'hash', ...types.string(64) },
      prunedSeq: { name: 'pruned_seq', ...types.bigint },
      prunedHash: { name: 'pruned_hash', ...types.string(64) },
      seal: { name: 'seal', ...types.string(64), nullable: true },
    },
  });
}
