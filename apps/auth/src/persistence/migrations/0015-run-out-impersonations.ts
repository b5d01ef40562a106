import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

/**
 * A way to find impersonations that have run out. And `devices.trusted` goes: nothing ever set it, and trust in a device will need to say how
 * long it lasts.
 */
export class RunOutImpersonations1767225600015 implements MigrationInterface {
  readonly name = 'RunOutImpersonations1767225600015';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        'CREATE INDEX ix_impersonations_open ON impersonations (ended_at_ms, expires_at_ms)',
        'ALTER TABLE devices DROP COLUMN trusted',
      ],
      sqlite: [
        'CREATE INDEX "ix_impersonations_open" ON "impersonations" ("ended_at_ms", "expires_at_ms")',
        'ALTER TABLE "devices" DROP COLUMN "trusted"',
      ],
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [
        `ALTER TABLE devices ADD COLUMN trusted int NOT NULL DEFAULT '0' AFTER agent`,
        'DROP INDEX ix_impersonations_open ON impersonations',
      ],
      sqlite: [
        'ALTER TABLE "devices" ADD COLUMN "trusted" integer NOT NULL DEFAULT 0',
        'DROP INDEX "ix_impersonations_open"',
      ],
    });
  }
}
