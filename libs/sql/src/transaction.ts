import type { DataSource, EntityManager } from 'typeorm';
import { isRetryable, orUnavailable, STATEMENT_TIMEOUT_MS } from './failures.js';
import { GatehouseDataSource } from './gatehouse-data-source.js';

const MAX_ATTEMPTS = 3;

export interface TransactionOptions {
  /** @default STATEMENT_TIMEOUT_MS */
  readonly timeoutMs?: number;
}

/**
 * Runs `work` in one transaction. Deadlocks and lock time-outs are tried again, whole, up to three times in all. What the caller
 * was told had failed MySQL is not asked for again, nor does it commit it, unless the commit was on its way by then. SQLite is in
 * this process: what keeps a caller waiting there is most often the whole process, and to begin anew would only prolong it.
 *
 * @throws {DatabaseUnavailable} for everything but a duplicate key
 */
export function transaction<T>(
  dataSource: DataSource,
  work: (manager: EntityManager) => Promise<T>,
  { timeoutMs = STATEMENT_TIMEOUT_MS }: TransactionOptions = {},
): Promise<T> {
  const deadlineMs = performance.now() + timeoutMs;
  const isGivenUp = () => !isSqlite(dataSource) && performance.now() >= deadlineMs;
  const workInTime = async (manager: EntityManager) => {
    const result = await work(manager);
    if (isGivenUp()) throw new Error('the caller has been told that it failed');
    return result;
  };
  return orUnavailable(async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await once(dataSource, workInTime);
      } catch (error) {
        if (attempt >= MAX_ATTEMPTS || isGivenUp() || !isRetryable(error)) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * attempt));
      }
    }
  }, timeoutMs);
}

function once<T>(dataSource: DataSource, work: (manager: EntityManager) => Promise<T>): Promise<T> {
  if (isSqlite(dataSource)) return dataSource.alone(() => dataSource.transaction(work));
  return dataSource.transaction(work);
}

function isSqlite(dataSource: DataSource): dataSource is GatehouseDataSource {
  return dataSource instanceof GatehouseDataSource && dataSource.options.type === 'better-sqlite3';
}
