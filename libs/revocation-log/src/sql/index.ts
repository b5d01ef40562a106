export { createRevocations, indexRevocations, revocationEntity, type RevocationRow } from './revocation.entity.js';
export { insertRevocations, SqlRevocationOutbox } from './sql-revocation-outbox.js';
