import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

const COLUMNS = ['own_max_sessions', 'own_idle_seconds', 'own_absolute_seconds'];

/** What people have chosen for their own sessions. In their row: read with it at each sign-in, and gone with it. */
export class OwnSessionLimits1767225600018 implements MigrationInterface {
  readonly name = 'OwnSessionLimits1767225600018';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [`ALTER TABLE users ${COLUMNS.map((name) => `ADD COLUMN ${name} int NULL`).join(', ')}`],
      sqlite: COLUMNS.map((name) => `ALTER TABLE "users" ADD COLUMN "${name}" integer`),
    });
  }

  async down(runner: QueryRunner): Promise<void> {
    await runStatements(runner, {
      mysql: [`ALTER TABLE users ${COLUMNS.map((name) => `DROP COLUMN ${name}`).join(', ')}`],
      sqlite: COLUMNS.map((name) => `ALTER TABLE "users" DROP COLUMN "${name}"`),
    });
  }
}
