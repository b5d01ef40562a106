import { EntitySchema } from 'typeorm';
import { columnTypes, type Dialect } from '@gatehouse/sql';

/** A row of `service_accounts`. Never leaves its adapter. */
export interface ServiceAccountRow {
  clientId: string;
  name: string;
  /** JSON arrays. */
  roles: string;
  scopes: string;
  audiences: string;
  secrets: string;
  publicKeys: string;
  disabledAtMs: number | null;
  tokensEndedUpTo: number;
  createdAtMs: number;
  version: number;
}

export function serviceAccountEntity(dialect: Dialect): EntitySchema<ServiceAccountRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<ServiceAccountRow>({
    name: 'ServiceAccount',
    tableName: 'service_accounts',
    columns: {
      clientId: { name: 'client_id', ...types.string(64), primary: true },
      name: { name: 'name', ...types.string(100) },
      roles: { name: 'roles', ...types.text },
      scopes: { name: 'scopes', ...types.text },
      audiences: { name: 'audiences', ...types.text },
      secrets: { name: 'secrets', ...types.text },
      publicKeys: { name: 'public_keys', ...types.text },
      disabledAtMs: { name: 'disabled_at_ms', ...types.bigint, nullable: true },
      tokensEndedUpTo: { name: 'tokens_ended_up_to', ...types.bigint },
      createdAtMs: { name: 'created_at_ms', ...types.bigint },
      version: { name: 'version', ...types.integer },
    },
  });
}
