import { columnTypes, type Dialect } from '@gatehouse/sql';
import { EntitySchema } from 'typeorm';

/** A row of `session_ledger`. */
export interface LedgerRow {
  id: string;
  userId: number;
  /** What of the session is only shown and handed on, as JSON; `{}` where an end is all that is known. */
  facts: string;
  refreshTokenHash: string;
  openedOrder: number;
  createdAtMs: number;
  lastAccessAtMs: number;
  idleTtlMs: number;
  idleExpiresAtMs: number;
  absoluteExpiresAtMs: number;
  requestCount: number;
  lastRequestAtMs: number | null;
  ipAddresses: string;
  rotatedAtMs: number | null;
  version: number;
  rotation: number;
  endedAtMs: number | null;
  endReason: string | null;
}

export function sessionLedgerEntity(dialect: Dialect): EntitySchema<LedgerRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<LedgerRow>({
    name: 'LedgerSession',
    tableName: 'session_ledger',
    columns: {
      id: { name: 'id', ...types.string(64), primary: true },
      userId: { name: 'user_id', ...types.bigint },
      facts: { name: 'facts', ...types.text },
      refreshTokenHash: { name: 'refresh_token_hash', ...types.string(64) },
      openedOrder: { name: 'opened_order', ...types.bigint },
      createdAtMs: { name: 'created_at_ms', ...types.bigint },
      lastAccessAtMs: { name: 'last_access_at_ms', ...types.bigint },
      idleTtlMs: { name: 'idle_ttl_ms', ...types.bigint },
      idleExpiresAtMs: { name: 'idle_expires_at_ms', ...types.bigint },
      absoluteExpiresAtMs: { name: 'absolute_expires_at_ms', ...types.bigint },
      requestCount: { name: 'request_count', ...types.bigint },
      lastRequestAtMs: { name: 'last_request_at_ms', ...types.bigint, nullable: true },
      ipAddresses: { name: 'ip_addresses', ...types.text },
      rotatedAtMs: { name: 'rotated_at_ms', ...types.bigint, nullable: true },
      version: { name: 'version', ...types.bigint },
      rotation: { name: 'rotation', ...types.bigint },
      endedAtMs: { name: 'ended_at_ms', ...types.bigint, nullable: true },
      endReason: { name: 'end_reason', ...types.string(32), nullable: true },
    },
    indices: [
      { name: 'ix_session_ledger_user', columns: ['userId', 'absoluteExpiresAtMs'] },
      { name: 'ix_session_ledger_deadline', columns: ['absoluteExpiresAtMs'] },
      { name: 'ix_session_ledger_ended', columns: ['endedAtMs'] },
    ],
  });
}

const MYSQL_TEXT = 'CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

/** Statements that make the table, for the migrations of the service that keeps it. */
export const createSessionLedger = {
  mysql: [
    `CREATE TABLE session_ledger (id varchar(64) ${MYSQL_TEXT} NOT NULL, user_id bigint NOT NULL, facts text ${MYSQL_TEXT} NOT NULL, ` +
      `refresh_token_hash varchar(64) ${MYSQL_TEXT} NOT NULL, opened_order bigint NOT NULL, created_at_ms bigint NOT NULL, ` +
      'last_access_at_ms bigint NOT NULL, idle_ttl_ms bigint NOT NULL, idle_expires_at_ms bigint NOT NULL, ' +
      'absolute_expires_at_ms bigint NOT NULL, request_count bigint NOT NULL, last_request_at_ms bigint NULL, ' +
      `ip_addresses text ${MYSQL_TEXT} NOT NULL, rotated_at_ms bigint NULL, version bigint NOT NULL, rotation bigint NOT NULL, ` +
      `ended_at_ms bigint NULL, end_reason varchar(32) ${MYSQL_TEXT} NULL, ` +
      'INDEX ix_session_ledger_user (user_id, absolute_expires_at_ms), ' +
      'INDEX ix_session_ledger_deadline (absolute_expires_at_ms), INDEX ix_session_ledger_ended (ended_at_ms), ' +
      'PRIMARY KEY (id)) ENGINE=InnoDB',
  ],
  sqlite: [
    'CREATE TABLE "session_ledger" ("id" varchar(64) PRIMARY KEY NOT NULL, "user_id" bigint NOT NULL, "facts" text NOT NULL, ' +
      '"refresh_token_hash" varchar(64) NOT NULL, "opened_order" bigint NOT NULL, "created_at_ms" bigint NOT NULL, ' +
      '"last_access_at_ms" bigint NOT NULL, "idle_ttl_ms" bigint NOT NULL, "idle_expires_at_ms" bigint NOT NULL, ' +
      '"absolute_expires_at_ms" bigint NOT NULL, "request_count" bigint NOT NULL, "last_request_at_ms" bigint, ' +
      '"ip_addresses" text NOT NULL, "rotated_at_ms" bigint, "version" bigint NOT NULL, "rotation" bigint NOT NULL, ' +
      '"ended_at_ms" bigint, "end_reason" varchar(32))',
    'CREATE INDEX "ix_session_ledger_user" ON "session_ledger" ("user_id", "absolute_expires_at_ms")',
    'CREATE INDEX "ix_session_ledger_deadline" ON "session_ledger" ("absolute_expires_at_ms")',
    'CREATE INDEX "ix_session_ledger_ended" ON "session_ledger" ("ended_at_ms")',
  ],
  down: ['DROP TABLE session_ledger'],
} as const;
