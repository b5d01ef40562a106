import type { EntityManager } from 'typeorm';
import type { PastKey } from '../signing/signing-key.js';
import type { PastSigningKeyRow } from './past-signing-key.entity.js';
import type { SigningKeyRow, SigningKeySetRow } from './signing-key.entity.js';

/** A data source or the manager of a transaction. */
type Rows = Pick<EntityManager, 'getRepository'>;

export const keys = (rows: Rows) => rows.getRepository<SigningKeyRow>('SigningKey');
export const keySet = (rows: Rows) => rows.getRepository<SigningKeySetRow>('SigningKeySet');
export const pastKeys = (rows: Rows) => rows.getRepository<PastSigningKeyRow>('PastSigningKey');

export function toPastKey(row: PastSigningKeyRow): PastKey {
  return { ...row, reason: row.reason ?? undefined, activatedAtMs: row.activatedAtMs ?? undefined };
}
