import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

/** Who somebody is at identity providers, which sessions came of which session there, and which of those have been ended there. */
export class Identities1767225600016 implements MigrationInterface {
  readonly name = 'Identities1767225600016';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        `CREATE TABLE identities (
          id varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          user_id bigint NOT NULL,
          provider varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          key_print varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          external_key text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          label varchar(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          granted_roles text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          linked_at_ms bigint NOT NULL,
          last_used_at_ms bigint NOT NULL,
          UNIQUE INDEX uq_identities_key (key_print),
          INDEX ix_identities_user (user_id),
          PRIMARY KEY (id)
        ) ENGINE=InnoDB`,
        `CREATE TABLE federated_sessions (
          session_id varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          user_id bigint NOT NULL,
          identity_id varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          provider varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          provider_session_print varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          subject_print varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          opened_at_ms bigint NOT NULL,
          expires_at_ms bigint NOT NULL,
          ended_at_ms bigint NULL,
          INDEX ix_federated_sessions_provider_session (provider_session_print),
          INDEX ix_federated_sessions_subject (subject_print),
          INDEX ix_federated_sessions_user (user_id),
          INDEX ix_federated_sessions_ended (ended_at_ms),
          INDEX ix_federated_sessions_expires (expires_at_ms),
          PRIMARY KEY (session_id)
        ) ENGINE=InnoDB`,
        `CREATE TABLE ended_provider_sessions (
          print varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          expires_at_ms bigint NOT NULL,
          INDEX ix_ended_provider_sessions_expires (expires_at_ms),
          PRIMARY KEY (print)
        ) ENGINE=InnoDB`,
      ],
      sqlite: [
        `CREATE TABLE "identities" (
          "id" varchar(32) PRIMARY KEY NOT NULL,
          "user_id" bigint NOT NULL,
          "provider" varchar(32) NOT NULL,
          "key_print" varchar(64) NOT NULL,
          "external_key" text NOT NULL,
          "label" varchar(254),
          "granted_roles" text NOT NULL,
          "linked_at_ms" bigint NOT NULL,
          "last_used_at_ms" bigint NOT NULL
        )`,
        `CREATE UNIQUE INDEX "uq_identities_key" ON "identities" ("key_print")`,
        `CREATE INDEX "ix_identities_user" ON "identities" ("user_id")`,
        `CREATE TABLE "federated_sessions" (
          "session_id" varchar(64) PRIMARY KEY NOT NULL,
          "user_id" bigint NOT NULL,
          "identity_id" varchar(32) NOT NULL,
          "provider" varchar(32) NOT NULL,
          "provider_session_print" varchar(64),
          "subject_print" varchar(64) NOT NULL,
          "opened_at_ms" bigint NOT NULL,
          "expires_at_ms" bigint NOT NULL,
          "ended_at_ms" bigint
        )`,
        `CREATE INDEX "ix_federated_sessions_provider_session" ON "federated_sessions" ("provider_session_print")`,
        `CREATE INDEX "ix_federated_sessions_subject" ON "federated_sessions" ("subject_print")`,
        `CREATE INDEX "ix_federated_sessions_user" ON "federated_sessions" ("user_id")`,
        `CREATE INDEX "ix_federated_sessions_ended" ON "federated_sessions" ("ended_at_ms")`,
        `CREATE INDEX "ix_federated_sessions_expires" ON "federated_sessions" ("expires_at_ms")`,
        `CREATE TABLE "ended_provider_sessions" (
          "print" varchar(64) PRIMARY KEY NOT NULL,
          "expires_at_ms" bigint NOT NULL
        )`,
        `CREATE INDEX "ix_ended_provider_sessions_expires" ON "ended_provider_sessions" ("expires_at_ms")`,
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE ended_provider_sessions');
    await runner.query('DROP TABLE federated_sessions');
    await runner.query('DROP TABLE identities');
  }
}
