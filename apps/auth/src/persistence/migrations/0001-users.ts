import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

export class Users1767225600001 implements MigrationInterface {
  readonly name = 'Users1767225600001';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        `CREATE TABLE users (
          id bigint NOT NULL AUTO_INCREMENT,
          email varchar(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          email_canonical varchar(254) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          password_hash varchar(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          name varchar(100) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          roles text CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          token_generation int NOT NULL DEFAULT '0',
          disabled_at_ms bigint NULL,
          created_at_ms bigint NOT NULL,
          UNIQUE INDEX uq_users_email_canonical (email_canonical),
          PRIMARY KEY (id)
        ) ENGINE=InnoDB`,
      ],
      sqlite: [
        `CREATE TABLE "users" (
          "id" integer PRIMARY KEY AUTOINCREMENT NOT NULL,
          "email" varchar(254) NOT NULL,
          "email_canonical" varchar(254) NOT NULL,
          "password_hash" varchar(255) NOT NULL,
          "name" varchar(100),
          "roles" text NOT NULL,
          "token_generation" integer NOT NULL DEFAULT (0),
          "disabled_at_ms" bigint,
          "created_at_ms" bigint NOT NULL
        )`,
        `CREATE UNIQUE INDEX "uq_users_email_canonical" ON "users" ("email_canonical")`,
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE users');
  }
}
