import { createRevocations } from '@gatehouse/revocation-log/sql';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

/** The outbox of the revocation feed; the statements lie beside the adapter that needs the table. */
export class Revocations1767225600005 implements MigrationInterface {
  readonly name = 'Revocations1767225600005';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, createRevocations);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runStatements(runner, { mysql: createRevocations.down, sqlite: createRevocations.down });
  }
}
