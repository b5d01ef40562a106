import { integer, oneOf } from '@gatehouse/config';

/** Variables about the ledger that sessions survive in. */
export const sessionLedgerFields = {
  SESSION_HISTORY_DAYS: integer({ min: 1, max: 3_650 })
    .default('30')
    .describe('Days a session that is over is kept in the database, for its owner to see'),
  SESSION_LEDGER_WAIT_MS: integer({ min: 0, max: 1_000 })
    .default('100')
    .describe(
      'Longest a refresh waits for the database to note it, in ms; then it goes on. 0 never waits, and is noted later',
    ),
  UNSEALED_SESSIONS: oneOf('refuse', 'adopt')
    .default('refuse')
    .describe(
      'What becomes of sessions in Redis that this service did not seal. adopt believes them: for the time in which a version ' +
        'that does not seal (0.1.0-alpha.1) runs beside this one',
    ),
};
