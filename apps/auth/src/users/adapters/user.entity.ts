import { EntitySchema } from 'typeorm';
import { columnTypes, type Dialect } from '@gatehouse/sql';
import type { CanonicalEmail } from '../email-address.js';

/** A row of `users`. Never leaves its adapter. */
export interface UserRow {
  id: number;
  email: string;
  emailCanonical: CanonicalEmail;
  passwordHash: string;
  name: string | null;
  /** JSON array of strings. */
  roles: string;
  tokenGeneration: number;
  disabledAtMs: number | null;
  createdAtMs: number;
  emailVerifiedAtMs: number | null;
  passwordChangedAtMs: number | null;
  /** 0 or 1. */
  mustResetPassword: number;
  eraseAtMs: number | null;
  ownMaxSessions: number | null;
  ownIdleSeconds: number | null;
  ownAbsoluteSeconds: number | null;
}

export function userEntity(dialect: Dialect): EntitySchema<UserRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<UserRow>({
    name: 'User',
    tableName: 'users',
    columns: {
      id: types.id,
      email: { name: 'email', ...types.string(254) },
      // Compared byte by byte: the database's own ideas about case and accents would merge people.
      emailCanonical: { name: 'email_canonical', ...types.string(254) },
      passwordHash: { name: 'password_hash', ...types.string(255) },
      name: { name: 'name', ...types.string(100), nullable: true },
      roles: { name: 'roles', ...types.text },
      tokenGeneration: { name: 'token_generation', ...types.integer, default: 0 },
      disabledAtMs: { name: 'disabled_at_ms', ...types.bigint, nullable: true },
      createdAtMs: { name: 'created_at_ms', ...types.bigint },
      emailVerifiedAtMs: { name: 'email_verified_at_ms', ...types.bigint, nullable: true },
      passwordChangedAtMs: { name: 'password_changed_at_ms', ...types.bigint, nullable: true },
      mustResetPassword: { name: 'must_reset_password', ...types.integer, default: 0 },
      eraseAtMs: { name: 'erase_at_ms', ...types.bigint, nullable: true },
      ownMaxSessions: { name: 'own_max_sessions', ...types.integer, nullable: true },
      ownIdleSeconds: { name: 'own_idle_seconds', ...types.integer, nullable: true },
      ownAbsoluteSeconds: { name: 'own_absolute_seconds', ...types.integer, nullable: true },
    },
    indices: [
      { name: 'uq_users_email_canonical', columns: ['emailCanonical'], unique: true },
      { name: 'ix_users_erase_at', columns: ['eraseAtMs'] },
    ],
  });
}
