import type { RevocationReason, RevocationScope } from '@gatehouse/contracts';
import { columnTypes, type Dialect } from '@gatehouse/sql';
import { EntitySchema } from 'typeorm';

/** A row of `revocations`. */
export interface RevocationRow {
  /** In the order of writing; gaps where a transaction was rolled back. */
  id: number;
  /** Receipt id. */
  entryId: string;
  scope: RevocationScope;
  value: string;
  cutoff: number;
  untilMs: number;
  reason: RevocationReason;
  userId: number | null;
  /** Null until it is in the feed. A flag and not a position: a transaction that commits late must not be passed over. */
  deliveredAtMs: number | null;
}

export function revocationEntity(dialect: Dialect): EntitySchema<RevocationRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<RevocationRow>({
    name: 'Revocation',
    tableName: 'revocations',
    columns: {
      id: { name: 'id', ...types.id },
      entryId: { name: 'entry_id', ...types.string(36) },
      scope: { name: 'scope', ...types.string(16) },
      value: { name: 'value', ...types.string(128) },
      cutoff: { name: 'cutoff', ...types.bigint },
      untilMs: { name: 'until_ms', ...types.bigint },
      reason: { name: 'reason', ...types.string(32) },
      userId: { name: 'user_id', ...types.bigint, nullable: true },
      deliveredAtMs: { name: 'delivered_at_ms', ...types.bigint, nullable: true },
    },
    indices: [
      { name: 'uq_revocations_entry', columns: ['entryId', 'scope', 'value'], unique: true },
      { name: 'ix_revocations_delivered', columns: ['deliveredAtMs'] },
      { name: 'ix_revocations_until', columns: ['untilMs'] },
      { name: 'ix_revocations_value', columns: ['value', 'scope'] },
    ],
  });
}

const MYSQL_TEXT = (length: number) => `varchar(${length}) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL`;

/** Statements that make the table, for the migrations of the service that keeps it. */
export const createRevocations = {
  mysql: [
    `CREATE TABLE revocations (id bigint NOT NULL AUTO_INCREMENT, entry_id ${MYSQL_TEXT(36)}, scope ${MYSQL_TEXT(16)}, ` +
      `value ${MYSQL_TEXT(128)}, cutoff bigint NOT NULL, until_ms bigint NOT NULL, reason ${MYSQL_TEXT(32)}, ` +
      'user_id bigint NULL, delivered_at_ms bigint NULL, UNIQUE INDEX uq_revocations_entry (entry_id, scope, value), ' +
      'INDEX ix_revocations_delivered (delivered_at_ms), INDEX ix_revocations_until (until_ms), PRIMARY KEY (id)) ENGINE=InnoDB',
  ],
  sqlite: [
    'CREATE TABLE "revocations" ("id" integer PRIMARY KEY AUTOINCREMENT NOT NULL, "entry_id" varchar(36) NOT NULL, ' +
      '"scope" varchar(16) NOT NULL, "value" varchar(128) NOT NULL, "cutoff" bigint NOT NULL, "until_ms" bigint NOT NULL, ' +
      '"reason" varchar(32) NOT NULL, "user_id" bigint, "delivered_at_ms" bigint)',
    'CREATE UNIQUE INDEX "uq_revocations_entry" ON "revocations" ("entry_id", "scope", "value")',
    'CREATE INDEX "ix_revocations_delivered" ON "revocations" ("delivered_at_ms")',
    'CREATE INDEX "ix_revocations_until" ON "revocations" ("until_ms")',
  ],
  down: ['DROP TABLE revocations'],
} as const;

/** Statements that make the revocations of one user, session or key quick to find; a later addition to {@link createRevocations}. */
export const indexRevocations = {
  mysql: ['ALTER TABLE revocations ADD INDEX ix_revocations_value (value, scope)'],
  sqlite: ['CREATE INDEX "ix_revocations_value" ON "revocations" ("value", "scope")'],
  mysqlDown: ['ALTER TABLE revocations DROP INDEX ix_revocations_value'],
  sqliteDown: ['DROP INDEX "ix_revocations_value"'],
} as const;
