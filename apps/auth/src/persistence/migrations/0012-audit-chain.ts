import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

const GENESIS = '0'.repeat(64);
const COLUMNS = ['event_id', 'seq', 'actor_id', 'client_id', 'witnessed', 'prev_hash', 'hash'];
const INDEXES = [
  'uq_audit_events_event',
  'uq_audit_events_seq',
  'ix_audit_events_actor',
  'ix_audit_events_client',
  'ix_audit_events_kind',
];

/** Everything new may be absent: while instances of the version before still run, they add rows without it. */
export class AuditChain1767225600012 implements MigrationInterface {
  readonly name = 'AuditChain1767225600012';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        `ALTER TABLE audit_events
          ADD COLUMN event_id varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          ADD COLUMN seq bigint NULL,
          ADD COLUMN actor_id bigint NULL,
          ADD COLUMN client_id varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          ADD COLUMN witnessed int NOT NULL DEFAULT '0',
          ADD COLUMN prev_hash varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          ADD COLUMN hash varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          ADD UNIQUE INDEX uq_audit_events_event (event_id),
          ADD UNIQUE INDEX uq_audit_events_seq (seq),
          ADD INDEX ix_audit_events_actor (actor_id, occurred_at_ms),
          ADD INDEX ix_audit_events_client (client_id, occurred_at_ms),
          ADD INDEX ix_audit_events_kind (kind, occurred_at_ms)`,
        `CREATE TABLE audit_chain (
          id int NOT NULL,
          seq bigint NOT NULL,
          hash varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          pruned_seq bigint NOT NULL,
          pruned_hash varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          seal varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          PRIMARY KEY (id)
        ) ENGINE=InnoDB`,
        `INSERT INTO audit_chain (id, seq, hash, pruned_seq, pruned_hash) VALUES (1, 0, '${GENESIS}', 0, '${GENESIS}')`,
        `CREATE TABLE audit_figures (
          kind varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          hour bigint NOT NULL,
          reason varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          total bigint NOT NULL,
          PRIMARY KEY (kind, hour, reason)
        ) ENGINE=InnoDB`,
      ],
      sqlite: [
        `ALTER TABLE "audit_events" ADD COLUMN "event_id" varchar(36)`,
        `ALTER TABLE "audit_events" ADD COLUMN "seq" bigint`,
        `ALTER TABLE "audit_events" ADD COLUMN "actor_id" bigint`,
        `ALTER TABLE "audit_events" ADD COLUMN "client_id" varchar(128)`,
        `ALTER TABLE "audit_events" ADD COLUMN "witnessed" integer NOT NULL DEFAULT (0)`,
        `ALTER TABLE "audit_events" ADD COLUMN "prev_hash" varchar(64)`,
        `ALTER TABLE "audit_events" ADD COLUMN "hash" varchar(64)`,
        `CREATE UNIQUE INDEX "uq_audit_events_event" ON "audit_events" ("event_id")`,
        `CREATE UNIQUE INDEX "uq_audit_events_seq" ON "audit_events" ("seq")`,
        `CREATE INDEX "ix_audit_events_actor" ON "audit_events" ("actor_id", "occurred_at_ms")`,
        `CREATE INDEX "ix_audit_events_client" ON "audit_events" ("client_id", "occurred_at_ms")`,
        `CREATE INDEX "ix_audit_events_kind" ON "audit_events" ("kind", "occurred_at_ms")`,
        `CREATE TABLE "audit_chain" (
          "id" integer PRIMARY KEY NOT NULL,
          "seq" bigint NOT NULL,
          "hash" varchar(64) NOT NULL,
          "pruned_seq" bigint NOT NULL,
          "pruned_hash" varchar(64) NOT NULL,
          "seal" varchar(64)
        )`,
        `INSERT INTO "audit_chain" ("id", "seq", "hash", "pruned_seq", "pruned_hash")
          VALUES (1, 0, '${GENESIS}', 0, '${GENESIS}')`,
        `CREATE TABLE "audit_figures" (
          "kind" varchar(64) NOT NULL,
          "hour" bigint NOT NULL,
          "reason" varchar(64) NOT NULL,
          "total" bigint NOT NULL,
          PRIMARY KEY ("kind", "hour", "reason")
        )`,
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        'DROP TABLE audit_figures',
        'DROP TABLE audit_chain',
        `ALTER TABLE audit_events
          ${INDEXES.map((name) => `DROP INDEX ${name}`).join(', ')},
          ${COLUMNS.map((name) => `DROP COLUMN ${name}`).join(', ')}`,
      ],
      sqlite: [
        `DROP TABLE "audit_figures"`,
        `DROP TABLE "audit_chain"`,
        ...INDEXES.map((name) => `DROP INDEX "${name}"`),
        ...COLUMNS.map((name) => `ALTER TABLE "audit_events" DROP COLUMN "${name}"`),
      ],
    });
  }
}
