import { columnTypes, type Dialect } from '@gatehouse/sql';
import { EntitySchema } from 'typeorm';

/** A row of `devices`. Never leaves its adapter. */
export interface DeviceRow {
  id: string;
  userId: number;
  name: string | null;
  tokenHash: string;
  /** Good as well until the device comes back with one of the two. */
  previousTokenHash: string | null;
  network: string;
  agent: string;
  /** 0 or 1. */
  keepsCredential: number;
  firstSeenAtMs: number;
  lastSeenAtMs: number;
}

export function deviceEntity(dialect: Dialect): EntitySchema<DeviceRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<DeviceRow>({
    name: 'Device',
    tableName: 'devices',
    columns: {
      id: { name: 'id', ...types.string(32), primary: true },
      userId: { name: 'user_id', ...types.bigint },
      name: { name: 'name', ...types.string(100), nullable: true },
      tokenHash: { name: 'token_hash', ...types.string(64) },
      previousTokenHash: { name: 'previous_token_hash', ...types.string(64), nullable: true },
      network: { name: 'network', ...types.string(64) },
      agent: { name: 'agent', ...types.string(100) },
      keepsCredential: { name: 'keeps_credential', ...types.integer, default: 0 },
      firstSeenAtMs: { name: 'first_seen_at_ms', ...types.bigint },
      lastSeenAtMs: { name: 'last_seen_at_ms', ...types.bigint },
    },
    indices: [
      { name: 'uq_devices_token', columns: ['tokenHash'], unique: true },
      { name: 'ix_devices_previous_token', columns: ['previousTokenHash'] },
      { name: 'ix_devices_user', columns: ['userId', 'lastSeenAtMs'] },
      { name: 'ix_devices_network', columns: ['userId', 'network'] },
    ],
  });
}
