import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

export class Accounts1767225600006 implements MigrationInterface {
  readonly name = 'Accounts1767225600006';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        `ALTER TABLE users
          ADD COLUMN email_verified_at_ms bigint NULL,
          ADD COLUMN password_changed_at_ms bigint NULL,
          ADD COLUMN must_reset_password int NOT NULL DEFAULT '0',
          ADD COLUMN erase_at_ms bigint NULL,
          ADD INDEX ix_users_erase_at (erase_at_ms)`,
      ],
      sqlite: [
        `ALTER TABLE "users" ADD COLUMN "email_verified_at_ms" bigint`,
        `ALTER TABLE "users" ADD COLUMN "password_changed_at_ms" bigint`,
        `ALTER TABLE "users" ADD COLUMN "must_reset_password" integer NOT NULL DEFAULT (0)`,
        `ALTER TABLE "users" ADD COLUMN "erase_at_ms" bigint`,
        `CREATE INDEX "ix_users_erase_at" ON "users" ("erase_at_ms")`,
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    const columns = ['email_verified_at_ms', 'password_changed_at_ms', 'must_reset_password', 'erase_at_ms'];
    await runStatements(runner, {
      mysql: [
        `ALTER TABLE users DROP INDEX ix_users_erase_at, ${columns.map((name) => `DROP COLUMN ${name}`).join(', ')}`,
      ],
      sqlite: [`DROP INDEX "ix_users_erase_at"`, ...columns.map((name) => `ALTER TABLE "users" DROP COLUMN "${name}"`)],
    });
  }
}
