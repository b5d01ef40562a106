import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

export class AuditEvents1767225600004 implements MigrationInterface {
  readonly name = 'AuditEvents1767225600004';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        `CREATE TABLE audit_events (
          id bigint NOT NULL AUTO_INCREMENT,
          kind varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          user_id bigint NULL,
          session_id varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          ip_address varchar(45) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          request_id varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          details text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          occurred_at_ms bigint NOT NULL,
          INDEX ix_audit_events_user (user_id, occurred_at_ms),
          INDEX ix_audit_events_time (occurred_at_ms),
          PRIMARY KEY (id)
        ) ENGINE=InnoDB`,
      ],
      sqlite: [
        `CREATE TABLE "audit_events" (
          "id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
          "kind" varchar(64) NOT NULL,
          "user_id" bigint,
          "session_id" varchar(64),
          "ip_address" varchar(45),
          "request_id" varchar(128),
          "details" text,
          "occurred_at_ms" bigint NOT NULL
        )`,
        `CREATE INDEX "ix_audit_events_user" ON "audit_events" ("user_id", "occurred_at_ms")`,
        `CREATE INDEX "ix_audit_events_time" ON "audit_events" ("occurred_at_ms")`,
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE audit_events');
  }
}
