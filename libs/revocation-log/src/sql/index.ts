export { createRevocations, revocationEntity, type RevocationRow } from './revocation.entity.js';
export { SqlRevocationOutbox } from './sql-revocation-outbox.js';
