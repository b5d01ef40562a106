import { columnTypes, type Dialect } from '@gatehouse/sql';
import { EntitySchema } from 'typeorm';

/** A row of `security_events`. Added by one writer at a time, so `id` is the order in which they can be seen. */
export interface SecurityEventRow {
  id: number;
  /** Where it was found. */
  source: 'revocation' | 'audit';
  /** There: the id of a revocation, the number of an audit event. */
  sourceId: number;
  eventId: string;
  actId: string | null;
  type: string;
  userId: number | null;
  sessionId: string | null;
  deviceId: string | null;
  initiator: string | null;
  happenedAtMs: number;
  notedAtMs: number;
}

/** A row of `security_event_cursors`: how far each source has been read, and each receiver been told. */
export interface SecurityEventCursorRow {
  /** `from:` a source, `to:` a receiver. */
  name: string;
  position: number;
  sinceMs: number;
  /** The instance that serves it. */
  heldBy: string | null;
  /** Until when; once past, when it was last served. */
  heldUntilMs: number;
  attempts: number;
  dueAtMs: number;
}

export function securityEventEntity(dialect: Dialect): EntitySchema<SecurityEventRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<SecurityEventRow>({
    name: 'SecurityEvent',
    tableName: 'security_events',
    columns: {
      id: types.id,
      source: { name: 'source', ...types.string(16) },
      sourceId: { name: 'source_id', ...types.bigint },
      eventId: { name: 'event_id', ...types.string(64) },
      actId: { name: 'act_id', ...types.string(36), nullable: true },
      type: { name: 'type', ...types.string(32) },
      userId: { name: 'user_id', ...types.bigint, nullable: true },
      sessionId: { name: 'session_id', ...types.string(128), nullable: true },
      deviceId: { name: 'device_id', ...types.string(128), nullable: true },
      initiator: { name: 'initiator', ...types.string(16), nullable: true },
      happenedAtMs: { name: 'happened_at_ms', ...types.bigint },
      notedAtMs: { name: 'noted_at_ms', ...types.bigint },
    },
    indices: [
      { name: 'uq_security_events_source', columns: ['source', 'sourceId'], unique: true },
      { name: 'ix_security_events_noted', columns: ['notedAtMs'] },
    ],
  });
}

export function securityEventCursorEntity(dialect: Dialect): EntitySchema<SecurityEventCursorRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<SecurityEventCursorRow>({
    name: 'SecurityEventCursor',
    tableName: 'security_event_cursors',
    columns: {
      name: { name: 'name', ...types.string(48), primary: true },
      position: { name: 'position', ...types.bigint },
      sinceMs: { name: 'since_ms', ...types.bigint },
      heldBy: { name: 'held_by', ...types.string(36), nullable: true },
      heldUntilMs: { name: 'held_until_ms', ...types.bigint },
      attempts: { name: 'attempts', ...types.integer },
      dueAtMs: { name: 'due_at_ms', ...types.bigint },
    },
  });
}
