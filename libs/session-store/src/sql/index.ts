export { createSessionLedger, sessionLedgerEntity } from './session-ledger.entity.js';
export { type RevokedSessions, SqlSessionLedger, type SqlLedgerSettings } from './sql-session-ledger.js';
