import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

/** What people have signed in on. */
export class Devices1767225600008 implements MigrationInterface {
  readonly name = 'Devices1767225600008';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        `CREATE TABLE devices (
          id varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          user_id bigint NOT NULL,
          name varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          token_hash varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          previous_token_hash varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          network varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          agent varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          trusted int NOT NULL DEFAULT '0',
          keeps_credential int NOT NULL DEFAULT '0',
          first_seen_at_ms bigint NOT NULL,
          last_seen_at_ms bigint NOT NULL,
          UNIQUE INDEX uq_devices_token (token_hash),
          INDEX ix_devices_previous_token (previous_token_hash),
          INDEX ix_devices_user (user_id, last_seen_at_ms),
          INDEX ix_devices_network (user_id, network),
          PRIMARY KEY (id)
        ) ENGINE=InnoDB`,
      ],
      sqlite: [
        `CREATE TABLE "devices" (
          "id" varchar(32) PRIMARY KEY NOT NULL,
          "user_id" bigint NOT NULL,
          "name" varchar(100),
          "token_hash" varchar(64) NOT NULL,
          "previous_token_hash" varchar(64),
          "network" varchar(64) NOT NULL,
          "agent" varchar(100) NOT NULL,
          "trusted" integer NOT NULL DEFAULT (0),
          "keeps_credential" integer NOT NULL DEFAULT (0),
          "first_seen_at_ms" bigint NOT NULL,
          "last_seen_at_ms" bigint NOT NULL
        )`,
        `CREATE UNIQUE INDEX "uq_devices_token" ON "devices" ("token_hash")`,
        `CREATE INDEX "ix_devices_previous_token" ON "devices" ("previous_token_hash")`,
        `CREATE INDEX "ix_devices_user" ON "devices" ("user_id", "last_seen_at_ms")`,
        `CREATE INDEX "ix_devices_network" ON "devices" ("user_id", "network")`,
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runStatements(runner, { mysql: ['DROP TABLE devices'], sqlite: ['DROP TABLE "devices"'] });
  }
}
