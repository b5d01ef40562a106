import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

/** What receivers of security events are to hear of, and how far each of them has come. */
export class SecurityEvents1767225600017 implements MigrationInterface {
  readonly name = 'SecurityEvents1767225600017';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        `CREATE TABLE security_events (
          id bigint NOT NULL AUTO_INCREMENT,
          source varchar(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          source_id bigint NOT NULL,
          event_id varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          act_id varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          type varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          user_id bigint NULL,
          session_id varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          device_id varchar(128) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          initiator varchar(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          happened_at_ms bigint NOT NULL,
          noted_at_ms bigint NOT NULL,
          UNIQUE INDEX uq_security_events_source (source, source_id),
          INDEX ix_security_events_noted (noted_at_ms),
          PRIMARY KEY (id)
        ) ENGINE=InnoDB`,
        `CREATE TABLE security_event_cursors (
          name varchar(48) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          position bigint NOT NULL,
          since_ms bigint NOT NULL,
          held_by varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          held_until_ms bigint NOT NULL,
          attempts int NOT NULL,
          due_at_ms bigint NOT NULL,
          PRIMARY KEY (name)
        ) ENGINE=InnoDB`,
      ],
      sqlite: [
        `CREATE TABLE "security_events" (
          "id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
          "source" varchar(16) NOT NULL,
          "source_id" bigint NOT NULL,
          "event_id" varchar(64) NOT NULL,
          "act_id" varchar(36),
          "type" varchar(32) NOT NULL,
          "user_id" bigint,
          "session_id" varchar(128),
          "device_id" varchar(128),
          "initiator" varchar(16),
          "happened_at_ms" bigint NOT NULL,
          "noted_at_ms" bigint NOT NULL
        )`,
        `CREATE UNIQUE INDEX "uq_security_events_source" ON "security_events" ("source", "source_id")`,
        `CREATE INDEX "ix_security_events_noted" ON "security_events" ("noted_at_ms")`,
        `CREATE TABLE "security_event_cursors" (
          "name" varchar(48) PRIMARY KEY NOT NULL,
          "position" bigint NOT NULL,
          "since_ms" bigint NOT NULL,
          "held_by" varchar(36),
          "held_until_ms" bigint NOT NULL,
          "attempts" integer NOT NULL,
          "due_at_ms" bigint NOT NULL
        )`,
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE security_event_cursors');
    await runner.query('DROP TABLE security_events');
  }
}
