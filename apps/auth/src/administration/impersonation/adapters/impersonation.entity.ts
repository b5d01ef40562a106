import { columnTypes, type Dialect } from '@gatehouse/sql';
import { EntitySchema } from 'typeorm';

/** A row of `impersonations`. */
export interface ImpersonationRow {
  sessionId: string;
  userId: number;
  actorId: number;
  actorSessionId: string;
  reason: string;
  startedAtMs: number;
  expiresAtMs: number;
  endedAtMs: number | null;
}

export function impersonationEntity(dialect: Dialect): EntitySchema<ImpersonationRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<ImpersonationRow>({
    name: 'Impersonation',
    tableName: 'impersonations',
    columns: {
      sessionId: { name: 'session_id', ...types.string(64), primary: true },
      userId: { name: 'user_id', ...types.bigint },
      actorId: { name: 'actor_id', ...types.bigint },
      actorSessionId: { name: 'actor_session_id', ...types.string(64) },
      reason: { name: 'reason', ...types.string(200) },
      startedAtMs: { name: 'started_at_ms', ...types.bigint },
      expiresAtMs: { name: 'expires_at_ms', ...types.bigint },
      endedAtMs: { name: 'ended_at_ms', ...types.bigint, nullable: true },
    },
    indices: [
      { name: 'ix_impersonations_actor_session', columns: ['actorSessionId'] },
      { name: 'ix_impersonations_actor', columns: ['actorId'] },
      { name: 'ix_impersonations_user', columns: ['userId'] },
      { name: 'ix_impersonations_open', columns: ['endedAtMs', 'expiresAtMs'] },
    ],
  });
}
