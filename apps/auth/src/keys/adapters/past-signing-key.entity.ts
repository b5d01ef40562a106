import { columnTypes, type Dialect } from '@gatehouse/sql';
import { EntitySchema } from 'typeorm';
import type { KeyEnding, KeyRevocationReason } from '../signing/signing-key.js';

/** A row of `past_signing_keys`: keys that are published no more, without their private halves. */
export interface PastSigningKeyRow {
  kid: string;
  alg: string;
  ending: KeyEnding;
  /** Of a withdrawn key. */
  reason: KeyRevocationReason | null;
  createdAtMs: number;
  activatedAtMs: number | null;
  endedAtMs: number;
  /** Until when the feed has been told of a withdrawn key. */
  announcedUntilMs: number;
}

export function pastSigningKeyEntity(dialect: Dialect): EntitySchema<PastSigningKeyRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<PastSigningKeyRow>({
    name: 'PastSigningKey',
    tableName: 'past_signing_keys',
    columns: {
      kid: { name: 'kid', ...types.string(64), primary: true },
      alg: { name: 'alg', ...types.string(16) },
      ending: { name: 'ending', ...types.string(16) },
      reason: { name: 'reason', ...types.string(32), nullable: true },
      createdAtMs: { name: 'created_at_ms', ...types.bigint },
      activatedAtMs: { name: 'activated_at_ms', ...types.bigint, nullable: true },
      endedAtMs: { name: 'ended_at_ms', ...types.bigint },
      announcedUntilMs: { name: 'announced_until_ms', ...types.bigint },
    },
    indices: [{ name: 'ix_past_signing_keys_ended_at', columns: ['endedAtMs'] }],
  });
}
