import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

/**
 * When keys change their state, and what became of those that are gone. Keys that are gone have a table of their own: a
 * release that knows only `signing_keys` publishes all it finds there.
 */
export class KeyLives1767225600009 implements MigrationInterface {
  readonly name = 'KeyLives1767225600009';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        `ALTER TABLE signing_keys
          ADD COLUMN activated_at_ms bigint NULL,
          ADD COLUMN retired_at_ms bigint NULL,
          ADD COLUMN published_until_ms bigint NULL,
          ADD COLUMN token_seconds int NOT NULL DEFAULT '0'`,
        `CREATE TABLE past_signing_keys (
          kid varchar(64) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          alg varchar(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          ending varchar(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,
          reason varchar(32) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NULL,
          created_at_ms bigint NOT NULL,
          activated_at_ms bigint NULL,
          ended_at_ms bigint NOT NULL,
          announced_until_ms bigint NOT NULL,
          INDEX ix_past_signing_keys_ended_at (ended_at_ms),
          PRIMARY KEY (kid)
        ) ENGINE=InnoDB`,
      ],
      sqlite: [
        ...['activated_at_ms', 'retired_at_ms', 'published_until_ms'].map(
          (name) => `ALTER TABLE "signing_keys" ADD COLUMN "${name}" bigint`,
        ),
        `ALTER TABLE "signing_keys" ADD COLUMN "token_seconds" integer NOT NULL DEFAULT (0)`,
        `CREATE TABLE "past_signing_keys" (
          "kid" varchar(64) PRIMARY KEY NOT NULL,
          "alg" varchar(16) NOT NULL,
          "ending" varchar(16) NOT NULL,
          "reason" varchar(32),
          "created_at_ms" bigint NOT NULL,
          "activated_at_ms" bigint,
          "ended_at_ms" bigint NOT NULL,
          "announced_until_ms" bigint NOT NULL
        )`,
        `CREATE INDEX "ix_past_signing_keys_ended_at" ON "past_signing_keys" ("ended_at_ms")`,
      ],
    });
    // Whatever signs today has signed since it was made, as far as anybody can tell.
    await runner.query(`UPDATE signing_keys SET activated_at_ms = created_at_ms WHERE slot = 'active'`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const columns = ['activated_at_ms', 'retired_at_ms', 'published_until_ms', 'token_seconds'];
    await runStatements(runner, {
      mysql: [
        'DROP TABLE past_signing_keys',
        `ALTER TABLE signing_keys ${columns.map((name) => `DROP COLUMN ${name}`).join(', ')}`,
      ],
      sqlite: [
        'DROP TABLE "past_signing_keys"',
        ...columns.map((name) => `ALTER TABLE "signing_keys" DROP COLUMN "${name}"`),
      ],
    });
  }
}
