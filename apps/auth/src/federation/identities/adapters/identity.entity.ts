import { columnTypes, type Dialect } from '@gatehouse/sql';
import { EntitySchema } from 'typeorm';

/** A row of `identities`. Never leaves its adapter. */
export interface IdentityRow {
  id: string;
  userId: number;
  provider: string;
  /** SHA-256 of the key, hex. */
  keyPrint: string;
  externalKey: string;
  label: string | null;
  /** JSON array of strings. */
  grantedRoles: string;
  linkedAtMs: number;
  lastUsedAtMs: number;
}

/** A row of `federated_sessions`. */
export interface FederatedSessionRow {
  sessionId: string;
  userId: number;
  identityId: string;
  provider: string;
  providerSessionPrint: string | null;
  subjectPrint: string;
  openedAtMs: number;
  expiresAtMs: number;
  endedAtMs: number | null;
}

/** A row of `ended_provider_sessions`. */
export interface EndedProviderSessionRow {
  print: string;
  expiresAtMs: number;
}

export function identityEntity(dialect: Dialect): EntitySchema<IdentityRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<IdentityRow>({
    name: 'Identity',
    tableName: 'identities',
    columns: {
      id: { name: 'id', ...types.string(32), primary: true },
      userId: { name: 'user_id', ...types.bigint },
      provider: { name: 'provider', ...types.string(32) },
      keyPrint: { name: 'key_print', ...types.string(64) },
      externalKey: { name: 'external_key', ...types.text },
      label: { name: 'label', ...types.string(254), nullable: true },
      grantedRoles: { name: 'granted_roles', ...types.text },
      linkedAtMs: { name: 'linked_at_ms', ...types.bigint },
      lastUsedAtMs: { name: 'last_used_at_ms', ...types.bigint },
    },
    indices: [
      { name: 'uq_identities_key', columns: ['keyPrint'], unique: true },
      { name: 'ix_identities_user', columns: ['userId'] },
    ],
  });
}

export function federatedSessionEntity(dialect: Dialect): EntitySchema<FederatedSessionRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<FederatedSessionRow>({
    name: 'FederatedSession',
    tableName: 'federated_sessions',
    columns: {
      sessionId: { name: 'session_id', ...types.string(64), primary: true },
      userId: { name: 'user_id', ...types.bigint },
      identityId: { name: 'identity_id', ...types.string(32) },
      provider: { name: 'provider', ...types.string(32) },
      providerSessionPrint: { name: 'provider_session_print', ...types.string(64), nullable: true },
      subjectPrint: { name: 'subject_print', ...types.string(64) },
      openedAtMs: { name: 'opened_at_ms', ...types.bigint },
      expiresAtMs: { name: 'expires_at_ms', ...types.bigint },
      endedAtMs: { name: 'ended_at_ms', ...types.bigint, nullable: true },
    },
    indices: [
      { name: 'ix_federated_sessions_provider_session', columns: ['providerSessionPrint'] },
      { name: 'ix_federated_sessions_subject', columns: ['subjectPrint'] },
      { name: 'ix_federated_sessions_user', columns: ['userId'] },
      { name: 'ix_federated_sessions_ended', columns: ['endedAtMs'] },
      { name: 'ix_federated_sessions_expires', columns: ['expiresAtMs'] },
    ],
  });
}

export function endedProviderSessionEntity(dialect: Dialect): EntitySchema<EndedProviderSessionRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<EndedProviderSessionRow>({
    name: 'EndedProviderSession',
    tableName: 'ended_provider_sessions',
    columns: {
      print: { name: 'print', ...types.string(64), primary: true },
      expiresAtMs: { name: 'expires_at_ms', ...types.bigint },
    },
    indices: [{ name: 'ix_ended_provider_sessions_expires', columns: ['expiresAtMs'] }],
  });
}
