import { orUnavailable } from '@gatehouse/sql';
import type { DataSource } from 'typeorm';
import { type PrivateKeySealer, SealBroken } from '../signing/sealed-private-key.js';
import { keys } from './key-tables.js';

export interface ResealOutcome {
  /** Sealed anew. */
  readonly resealed: number;
  /** Sealed with the master key already. */
  readonly upToDate: number;
  /** Names of keys that neither master key opens. */
  readonly unopened: readonly string[];
}

/**
 * Seals the signing keys with the master key that the other one has sealed. Harmless beside running instances, and when it
 * is interrupted: each key is opened by one of the two at any time.
 *
 * @throws {DatabaseUnavailable}
 */
export async function resealSigningKeys(dataSource: DataSource, sealer: PrivateKeySealer): Promise<ResealOutcome> {
  const rows = await orUnavailable(() => keys(dataSource).find());
  const unopened: string[] = [];
  let resealed = 0;
  for (const { kid, sealedPrivateKey } of rows) {
    if (sealer.isSealedNow(kid, sealedPrivateKey)) continue;
    try {
      const anew = sealer.seal(kid, sealer.open(kid, sealedPrivateKey));
      // Only what was opened is replaced, should two do this at once.
      await orUnavailable(() => keys(dataSource).update({ kid, sealedPrivateKey }, { sealedPrivateKey: anew }));
      resealed += 1;
    } catch (error) {
      if (!(error instanceof SealBroken)) throw error;
      unopened.push(kid);
    }
  }
  return { resealed, upToDate: rows.length - resealed - unopened.length, unopened };
}
