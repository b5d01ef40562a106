import { columnTypes, type Dialect } from '@gatehouse/sql';
import { EntitySchema } from 'typeorm';

/** A row of `roles`. */
export interface RoleRow {
  name: string;
  /** JSON array of strings. */
  permissions: string;
  /** 0 or 1. */
  builtIn: number;
  updatedAtMs: number;
}

export function roleEntity(dialect: Dialect): EntitySchema<RoleRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<RoleRow>({
    name: 'Role',
    tableName: 'roles',
    columns: {
      name: { name: 'name', ...types.string(32), primary: true },
      permissions: { name: 'permissions', ...types.text },
      builtIn: { name: 'built_in', ...types.integer, default: 0 },
      updatedAtMs: { name: 'updated_at_ms', ...types.bigint },
    },
  });
}
