export { MemorySessionLedger } from './memory-session-ledger.js';
export { MemorySessionStore } from './memory-session-store.js';
