import { EntitySchema } from 'typeorm';
import { columnTypes, type Dialect } from '@gatehouse/sql';

/**
 * A row of `audit_figures`: how many events of a kind an hour brought. Counted in the step that writes the events, so that a
 * dashboard costs the same however many there were.
 */
export interface AuditFigureRow {
  kind: string;
  /** Hours since 1970 (UTC). */
  hour: number;
  /** A code that tells events of the kind apart; empty where nothing does. */
  reason: string;
  total: number;
}

export function auditFigureEntity(dialect: Dialect): EntitySchema<AuditFigureRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<AuditFigureRow>({
    name: 'AuditFigure',
    tableName: 'audit_figures',
    columns: {
      kind: { name: 'kind', ...types.string(64), primary: true },
      hour: { name: 'hour', ...types.bigint, primary: true },
      reason: { name: 'reason', ...types.string(64), primary: true },
      total: { name: 'total', ...types.bigint },
    },
  });
}
