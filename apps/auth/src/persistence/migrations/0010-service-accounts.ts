import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

export class ServiceAccounts1767225600010 implements MigrationInterface {
  readonly name = 'ServiceAccounts1767225600010';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        `CREATE TABLE service_accounts (
          client_id varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          name varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          roles text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          scopes text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          audiences text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          secrets text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          public_keys text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          disabled_at_ms bigint NULL,
          tokens_ended_up_to bigint NOT NULL,
          created_at_ms bigint NOT NULL,
          version int NOT NULL,
          PRIMARY KEY (client_id)
        ) ENGINE=InnoDB`,
        `CREATE TABLE used_assertions (
          print varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          expires_at_ms bigint NOT NULL,
          INDEX ix_used_assertions_expires (expires_at_ms),
          PRIMARY KEY (print)
        ) ENGINE=InnoDB`,
      ],
      sqlite: [
        `CREATE TABLE "service_accounts" (
          "client_id" varchar(64) PRIMARY KEY NOT NULL,
          "name" varchar(100) NOT NULL,
          "roles" text NOT NULL,
          "scopes" text NOT NULL,
          "audiences" text NOT NULL,
          "secrets" text NOT NULL,
          "public_keys" text NOT NULL,
          "disabled_at_ms" bigint,
          "tokens_ended_up_to" bigint NOT NULL,
          "created_at_ms" bigint NOT NULL,
          "version" integer NOT NULL
        )`,
        `CREATE TABLE "used_assertions" (
          "print" varchar(64) PRIMARY KEY NOT NULL,
          "expires_at_ms" bigint NOT NULL
        )`,
        `CREATE INDEX "ix_used_assertions_expires" ON "used_assertions" ("expires_at_ms")`,
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE used_assertions');
    await runner.query('DROP TABLE service_accounts');
  }
}
