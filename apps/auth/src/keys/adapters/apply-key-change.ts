import type { Clock } from '@gatehouse/kernel';
import type { EntityManager } from 'typeorm';
import type { PrivateKeySealer } from '../signing/sealed-private-key.js';
import type { FreshKey } from '../signing/signing-key.js';
import type { KeyChange } from '../signing/signing-key-store.port.js';
import { databaseNowMs } from './database-now.js';
import { keys, pastKeys } from './key-tables.js';
import type { SigningKeyRow } from './signing-key.entity.js';

/** Carries a change out inside a transaction. Whoever calls has claimed the version of the set, or fills an empty one. */
export async function applyKeyChange(
  manager: EntityManager,
  sealer: PrivateKeySealer,
  clock: Clock,
  { remove = [], retire, activate, add = {} }: KeyChange,
): Promise<void> {
  const nowMs = await databaseNowMs(manager, clock);
  for (const { kid, ending, reason } of remove) {
    const row = await keys(manager).findOneByOrFail({ kid });
    const { alg } = JSON.parse(row.publicJwk) as { alg: string };
    await pastKeys(manager).insert({
      kid,
      alg,
      ending,
      reason: reason ?? null,
      createdAtMs: row.createdAtMs,
      activatedAtMs: row.activatedAtMs,
      endedAtMs: nowMs,
      announcedUntilMs: 0,
    });
    // With the row goes the private half.
    await keys(manager).delete({ kid });
  }
  if (retire) {
    const publishedUntilMs = nowMs + retire.publishedForMs;
    await keys(manager).update({ kid: retire.kid }, { slot: null, retiredAtMs: nowMs, publishedUntilMs });
  }
  if (activate !== undefined) {
    await keys(manager).update({ kid: activate }, { slot: 'active', activatedAtMs: nowMs });
  }
  if (add.active) await keys(manager).insert(rowOf(add.active, 'active', sealer, nowMs));
  if (add.next) await keys(manager).insert(rowOf(add.next, 'next', sealer, nowMs));
}

function rowOf(key: FreshKey, slot: 'active' | 'next', sealer: PrivateKeySealer, nowMs: number): SigningKeyRow {
  return {
    kid: key.kid,
    slot,
    publicJwk: JSON.stringify(key.publicKey),
    sealedPrivateKey: sealer.seal(key.kid, key.privateKey),
    createdAtMs: nowMs,
    activatedAtMs: slot === 'active' ? nowMs : null,
    retiredAtMs: null,
    publishedUntilMs: null,
    tokenSeconds: key.tokenSeconds,
  };
}
