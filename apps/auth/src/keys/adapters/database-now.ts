import type { Clock } from '@gatehouse/kernel';
import type { EntityManager } from 'typeorm';

/**
 * The time by the clock that all instances share, in ms: MySQL's own. Their clocks may differ by a minute, and a key must
 * not be used a minute early because of it. SQLite has one process, and that process has a clock.
 */
export async function databaseNowMs(manager: EntityManager, clock: Clock): Promise<number> {
  if (manager.connection.options.type === 'better-sqlite3') return clock.nowMs();
  const [row] = await manager.query<{ now_ms: string | number }[]>(
    'SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS UNSIGNED) AS now_ms',
  );
  return Number(row?.now_ms);
}
