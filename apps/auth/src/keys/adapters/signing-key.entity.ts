import { EntitySchema } from 'typeorm';
import { columnTypes, type Dialect } from '@gatehouse/sql';

/** A row of `signing_keys`. */
export interface SigningKeyRow {
  kid: string;
  /** `active`, `next`, or null once retired. Unique: there is one key to sign with, whoever tries to make a second. */
  slot: 'active' | 'next' | null;
  /** Public JWK, JSON. */
  publicJwk: string;
  /** See `PrivateKeySealer`. */
  sealedPrivateKey: string;
  createdAtMs: number;
  /** Null for `next`. */
  activatedAtMs: number | null;
  retiredAtMs: number | null;
  /** Of a retired key. Null where a release retired it that did not know of this. */
  publishedUntilMs: number | null;
  /** Longest life of a token that was ever signed with it. */
  tokenSeconds: number;
}

/** The one row of `signing_key_set`. */
export interface SigningKeySetRow {
  id: number;
  /** `ver` of the key bundle. */
  version: number;
  /** Fingerprint of what the bundle says beside the keys. */
  settings: string;
}

export const KEY_SET_ID = 1;

export function signingKeyEntity(dialect: Dialect): EntitySchema<SigningKeyRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<SigningKeyRow>({
    name: 'SigningKey',
    tableName: 'signing_keys',
    columns: {
      kid: { name: 'kid', ...types.string(64), primary: true },
      slot: { name: 'slot', ...types.string(16), nullable: true },
      publicJwk: { name: 'public_jwk', ...types.text },
      sealedPrivateKey: { name: 'sealed_private_key', ...types.text },
      createdAtMs: { name: 'created_at_ms', ...types.bigint },
      activatedAtMs: { name: 'activated_at_ms', ...types.bigint, nullable: true },
      retiredAtMs: { name: 'retired_at_ms', ...types.bigint, nullable: true },
      publishedUntilMs: { name: 'published_until_ms', ...types.bigint, nullable: true },
      tokenSeconds: { name: 'token_seconds', ...types.integer, default: 0 },
    },
    indices: [{ name: 'uq_signing_keys_slot', columns: ['slot'], unique: true }],
  });
}

export function signingKeySetEntity(dialect: Dialect): EntitySchema<SigningKeySetRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<SigningKeySetRow>({
    name: 'SigningKeySet',
    tableName: 'signing_key_set',
    columns: {
      id: { name: 'id', ...types.integer, primary: true },
      version: { name: 'version', ...types.bigint },
      settings: { name: 'settings', ...types.string(64) },
    },
  });
}
