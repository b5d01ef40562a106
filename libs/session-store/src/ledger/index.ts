export { LedgeredSessionStore, type LedgeredSettings } from './ledgered-session-store.js';
export { LedgerWriter, type LedgerWriterSettings, type LedgerWriterStatus } from './ledger-writer.js';
export { type KnownSessions, RestorableSessionStore } from './restorable-session-store.js';
export {
  type LedgerEntry,
  type PastPlace,
  type PastSession,
  SessionLedger,
  type WriteOutcome,
} from './session-ledger.port.js';
export { type EndedRecord, type SessionRecord, type SessionWitness, UserUnrestored } from './session-record.js';
