import { createSessionLedger } from '@gatehouse/session-store/sql';
import type { MigrationInterface, QueryRunner } from 'typeorm';
import { runStatements } from '../each-dialect.js';

/** The ledger of sessions; its statements lie beside the adapter that needs the table. */
export class SessionLedger1767225600013 implements MigrationInterface {
  readonly name = 'SessionLedger1767225600013';

  async up(runner: QueryRunner): Promise<void> {
    await runStatements(runner, createSessionLedger);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runStatements(runner, { mysql: createSessionLedger.down, sqlite: createSessionLedger.down });
  }
}
