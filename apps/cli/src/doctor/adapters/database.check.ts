import { type Database, type DatabaseSettings, openDatabase } from '@gatehouse/sql';
import { existsSync } from 'node:fs';
import { found, type Finding } from '../finding.js';
import { isLoopback } from '../loopback.js';

const UP_WITHIN_MS = 1_000;
/** Longer than the relay of the auth service takes from one pass to the next. */
const ONE_PASS_MS = 1_300;
const NO_SUCH_TABLE = 1146;

/** Is the database there, is it the right one, and has everything acknowledged left it? */
export async function checkDatabase(settings: DatabaseSettings): Promise<(Finding | undefined)[]> {
  // Opening would make the file, and a doctor leaves nothing behind.
  if (settings.dialect === 'sqlite' && !existsSync(settings.path)) {
    return [found('DATABASE_UNREACHABLE', 'database', 'no such file')];
  }
  const isPlain = settings.dialect === 'mysql' && !settings.tls && !isLoopback(settings.host);
  const plain = isPlain ? found('DATABASE_PLAINTEXT', 'database') : undefined;
  let cause: unknown;
  const database = await openDatabase(settings, {
    entities: () => [],
    migrations: [],
    poolSize: 1,
    onStatus: (_status, failure) => void (cause = failure),
  });
  try {
    await database.ready(UP_WITHIN_MS);
    return [plain, await backlog(database)];
  } catch (error) {
    const driver = (error as { driverError?: { errno?: unknown } }).driverError;
    const text = error instanceof Error ? error.message : '';
    if (driver?.errno === NO_SUCH_TABLE || text.includes('no such table')) {
      return [plain, found('DATABASE_NOT_MIGRATED', 'database')];
    }
    return [whyAway(cause)];
  } finally {
    void database.close().catch(() => undefined);
  }
}

/** What waits now and still waits after a pass is not being delivered. */
async function backlog({ dataSource }: Database): Promise<Finding | undefined> {
  const waiting = async () => {
    const rows = await dataSource.query<{ id: number }[]>(
      'SELECT id FROM revocations WHERE delivered_at_ms IS NULL ORDER BY id LIMIT 1000',
    );
    return rows.map(({ id }) => id);
  };
  const before = await waiting();
  if (before.length === 0) return undefined;
  await new Promise((resolve) => setTimeout(resolve, ONE_PASS_MS));
  const after = new Set(await waiting());
  const stuck = before.filter((id) => after.has(id)).length;
  return stuck > 0 ? found('OUTBOX_BACKLOG', 'database', `${stuck} waiting`) : undefined;
}

function whyAway(cause: unknown): Finding {
  const { code } = (cause ?? {}) as { code?: unknown };
  if (code === 'ER_ACCESS_DENIED_ERROR' || code === 'ER_DBACCESS_DENIED_ERROR') {
    return found('DATABASE_AUTH_REFUSED', 'database');
  }
  return found(
    'DATABASE_UNREACHABLE',
    'database',
    typeof code === 'string' && /^[A-Z_]{3,40}$/.test(code) ? code : undefined,
  );
}
