import { EntitySchema } from 'typeorm';
import { columnTypes, type Dialect } from '@gatehouse/sql';

/** A row of `audit_events`. Rows are only ever added. */
export interface AuditEventRow {
  id: number;
  kind: string;
  userId: number | null;
  sessionId: string | null;
  ipAddress: string | null;
  requestId: string | null;
  /** JSON object. */
  details: string | null;
  occurredAtMs: number;
}

export function auditEventEntity(dialect: Dialect): EntitySchema<AuditEventRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<AuditEventRow>({
    name: 'AuditEvent',
    tableName: 'audit_events',
    columns: {
      id: types.id,
      kind: { name: 'kind', ...types.string(64) },
      userId: { name: 'user_id', ...types.bigint, nullable: true },
      sessionId: { name: 'session_id', ...types.string(64), nullable: true },
      ipAddress: { name: 'ip_address', ...types.string(45), nullable: true },
      requestId: { name: 'request_id', ...types.string(128), nullable: true },
      details: { name: 'details', ...types.text, nullable: true },
      occurredAtMs: { name: 'occurred_at_ms', ...types.bigint },
    },
    indices: [
      { name: 'ix_audit_events_user', columns: ['userId', 'occurredAtMs'] },
      { name: 'ix_audit_events_time', columns: ['occurredAtMs'] },
    ],
  });
}
