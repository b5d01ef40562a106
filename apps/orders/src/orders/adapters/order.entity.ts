import { columnTypes, type Dialect } from '@gatehouse/sql';
import { EntitySchema } from 'typeorm';

/** A row of `orders`. */
export interface OrderRow {
  sequence: number;
  id: string;
  userId: number;
  item: string;
  quantity: number;
  note: string | null;
  status: 'placed' | 'cancelled';
  createdAtMs: number;
}

export function orderEntity(dialect: Dialect): EntitySchema<OrderRow> {
  const types = columnTypes(dialect);
  return new EntitySchema<OrderRow>({
    name: 'Order',
    tableName: 'orders',
    columns: {
      sequence: { name: 'sequence', ...types.id },
      id: { name: 'id', ...types.string(36) },
      userId: { name: 'user_id', ...types.bigint },
      item: { name: 'item', ...types.string(200) },
      quantity: { name: 'quantity', ...types.integer },
      note: { name: 'note', ...types.text, nullable: true },
      status: { name: 'status', ...types.string(16) },
      createdAtMs: { name: 'created_at_ms', ...types.bigint },
    },
    indices: [
      { name: 'uq_orders_id', columns: ['id'], unique: true },
      { name: 'ix_orders_user', columns: ['userId', 'sequence'] },
    ],
  });
}
