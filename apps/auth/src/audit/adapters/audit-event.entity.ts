import { EntitySchema } from 'typeorm';
import { columnTypes, type Dialect } from '@gatehouse/sql';

/** A row of `audit_events`. Rows are added, and removed when they are too old; never changed once they have a `seq`. */
export interface AuditEventRow {
  id: number;
  /** A version that knew of no chain writes none of these four; rows without are linked when they are found. */
  eventId: string | null;
  seq: number | null;
  prevHash: string | null;
  hash: string | null;
  /** 1 when it was linked in the step that wrote it. */
  witnessed: number;
  kind: string;
  userId: number | null;
  actorId: number | null;
  clientId: string | null;
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
      eventId: { name: 'event_id', ...types.string(36), nullable: true },
      seq: { name: 'seq', ...types.bigint, nullable: true },
      actorId: { name: 'actor_id', ...types.bigint, nullable: true },
      clientId: { name: 'client_id', ...types.string(128), nullable: true },
      witnessed: { name: 'witnessed', ...types.integer, default: 0 },
      prevHash: { name: 'prev_hash', ...types.string(64), nullable: true },
      hash: { name: 'hash', ...types.string(64), nullable: true },
    },
    indices: [
      { name: 'ix_audit_events_user', columns: ['userId', 'occurredAtMs'] },
      { name: 'ix_audit_events_time', columns: ['occurredAtMs'] },
      { name: 'ix_audit_events_actor', columns: ['actorId', 'occurredAtMs'] },
      { name: 'ix_audit_events_client', columns: ['clientId', 'occurredAtMs'] },
      { name: 'ix_audit_events_kind', columns: ['kind', 'occurredAtMs'] },
      { name: 'uq_audit_events_event', columns: ['eventId'], unique: true },
      { name: 'uq_audit_events_seq', columns: ['seq'], unique: true },
    ],
  });
}
