import type { OpenDatabaseOptions } from '@gatehouse/sql';
import { orderEntity } from '../orders/adapters/order.entity.js';
import { Orders1767225600001 } from './0001-orders.js';

/** What is in the database of the orders service, and how it came to be. */
export const ordersSchema = {
  entities: (dialect) => [orderEntity(dialect)] as never[],
  migrations: [Orders1767225600001],
} satisfies OpenDatabaseOptions;
