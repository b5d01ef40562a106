import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

/** How far imports of users have come. */
export class UserImports1767225600014 implements MigrationInterface {
  readonly name = 'UserImports1767225600014';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        `CREATE TABLE user_imports (
          id varchar(36) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          started_by bigint NOT NULL,
          dry_run int NOT NULL,
          started_at_ms bigint NOT NULL,
          updated_at_ms bigint NOT NULL,
          created int NOT NULL DEFAULT '0',
          updated int NOT NULL DEFAULT '0',
          skipped int NOT NULL DEFAULT '0',
          failed int NOT NULL DEFAULT '0',
          PRIMARY KEY (id)
        ) ENGINE=InnoDB`,
      ],
      sqlite: [
        `CREATE TABLE "user_imports" (
          "id" varchar(36) PRIMARY KEY NOT NULL,
          "started_by" bigint NOT NULL,
          "dry_run" integer NOT NULL,
          "started_at_ms" bigint NOT NULL,
          "updated_at_ms" bigint NOT NULL,
          "created" integer NOT NULL DEFAULT (0),
          "updated" integer NOT NULL DEFAULT (0),
          "skipped" integer NOT NULL DEFAULT (0),
          "failed" integer NOT NULL DEFAULT (0)
        )`,
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runStatements(runner, { mysql: ['DROP TABLE user_imports'], sqlite: ['DROP TABLE "user_imports"'] });
  }
}
