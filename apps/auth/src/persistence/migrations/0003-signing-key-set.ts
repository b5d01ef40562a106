import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

export class SigningKeySet1767225600003 implements MigrationInterface {
  readonly name = 'SigningKeySet1767225600003';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        `CREATE TABLE signing_key_set (
          id int NOT NULL,
          version bigint NOT NULL,
          settings varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          PRIMARY KEY (id)
        ) ENGINE=InnoDB`,
      ],
      sqlite: [
        `CREATE TABLE "signing_key_set" (
          "id" integer PRIMARY KEY NOT NULL,
          "version" bigint NOT NULL,
          "settings" varchar(64) NOT NULL
        )`,
      ],
    });
    await runner.query(`INSERT INTO signing_key_set (id, version, settings) VALUES (1, 0, '')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE signing_key_set');
  }
}
