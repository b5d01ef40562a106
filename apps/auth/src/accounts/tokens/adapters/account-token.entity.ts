import { columnTypes, type Dialect } from '@gatehouse/sql';
import { EntitySchema } from 'typeorm';

/** A row of `account_tokens`: at most one per person and purpose. */
export interface AccountTokenRow {
  userId: number;
  purpose: string;
  /** SHA-256, hex; the token itself is kept nowhere. */
  tokenHash: string;
  address: string | null;
  expiresAtMs: number;
}

export function accountTokenEntity(dialect: Dialect): EntitySchema<AccountTokenRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<AccountTokenRow>({
    name: 'AccountToken',
    tableName: 'account_tokens',
    columns: {
      userId: { name: 'user_id', ...types.bigint, primary: true },
      purpose: { name: 'purpose', ...types.string(24), primary: true },
      tokenHash: { name: 'token_hash', ...types.string(64) },
      address: { name: 'address', ...types.string(254), nullable: true },
      expiresAtMs: { name: 'expires_at_ms', ...types.bigint },
    },
    indices: [
      { name: 'uq_account_tokens_hash', columns: ['tokenHash'], unique: true },
      { name: 'ix_account_tokens_expiry', columns: ['expiresAtMs'] },
    ],
  });
}
