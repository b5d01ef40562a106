import type { DataSource, EntityManager } from 'typeorm';
import { isRetryable, orUnavailable, STATEMENT_TIMEOUT_MS } from './failures.js';
import { GatehouseDataSource } from './gatehouse-data-source.js';

const MAX_ATTEMPTS = 3;

export interface TransactionOptions {
  /** @default STATEMENT_TIMEOUT_MS */
  readonly timeoutMs?: number;
}

/**
 * Runs `work` in one transaction. Deadlocks and lock time-outs are tried again, whole, up to three times in all.
 *
 * MySQL reads what is committed: the stricter default locks gaps between rows, and then one delivery of pending rows would
 * block all who want to add one.
 *
 * @throws {DatabaseUnavailable} for everything but a duplicate key
 */
export function transaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
  { timeoutMs = STATEMENT_TIMEOUT_MS }: TransactionOptions = {},
): Promise<T> {
  return orUnavailable(async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(dataSource, work);
      } catch (error) {
        if (attempt >= MAX_ATTEMPTS || !isRetryable(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
      }
    }
  }, timeoutMs);
}

function once<T>(dataSource: DataSource, work: (manager: EntityManager) => Promise<T>): Promise<T> {
  if (dataSource instanceof GatehouseDataSource && dataSource.options.type === 'better-sqlite3') {
    return dataSource.alone(() => dataSource.transaction(work));
  }
  return dataSource.transaction('READ COMMITTED', work);
}
