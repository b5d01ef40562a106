import { join } from 'node:path';
import { MemoryRateLimiter, MonotonicClock } from '@gatehouse/rate-limit/memory';
import { MemoryFeedLog } from '@gatehouse/revocation-log/memory';
import { MemorySessionStore } from '@gatehouse/session-store/memory';
import { type DatabaseSettings, openDatabase, registerDatabaseFigures } from '@gatehouse/sql';
import { MemoryActivityInbox } from '../activity/adapters/memory-activity-inbox.js';
import { MemoryIdempotencyStore } from '../idempotency/adapters/memory-idempotency-store.js';
import { FileKeyBundleOutlet } from '../keys/adapters/file-key-bundle-outlet.js';
import { MemoryReceiptBoard } from '../receipts/adapters/memory-receipt-board.js';
import { MemorySessionEventBus } from '../session-events/adapters/memory-session-event-bus.js';
import { authSchema } from './auth-schema.js';
import type { StoreNeeds, Stores } from './stores.js';
import { wireSessionLedger } from './wire-session-ledger.js';

/** One process: SQLite in a file, the rest in memory. Sessions come back out of the file when the process is started again. */
export async function embeddedStores(
  dataDir: string,
  database: DatabaseSettings | undefined,
  { clock, logger, metrics, trustAnchors, ledger: settings }: StoreNeeds,
): Promise<Stores> {
  const opened = await openDatabase(database ?? { dialect: 'sqlite', path: join(dataDir, 'auth.sqlite') }, {
    ...authSchema,
    onStatus: (status, error) => {
      if (status === 'down') logger.error('the embedded database does not open', { error });
    },
  });
  await opened.ready();
  logger.warn(
    'Redis not available, using in-memory session cache: for one process only; with REDIS_URL and DATABASE_URL any number share their sessions',
  );
  registerDatabaseFigures(metrics, opened);
  const wired = wireSessionLedger({
    dataSource: opened.dataSource,
    clock,
    logger,
    settings,
    live: (witness) => new MemorySessionStore(clock, witness),
  });
  return {
    database: opened,
    sessions: wired.sessions,
    sessionLedger: wired.ledger,
    sessionLedgerStatus: wired.status,
    feedLog: new MemoryFeedLog(clock),
    receipts: new MemoryReceiptBoard(clock),
    activity: new MemoryActivityInbox(clock),
    sessionEvents: new MemorySessionEventBus(),
    idempotency: new MemoryIdempotencyStore(clock),
    limiter: new MemoryRateLimiter(new MonotonicClock()),
    keyBundleOutlets:
      trustAnchors.length > 0 ? [new FileKeyBundleOutlet(join(dataDir, 'key-bundle.jws'), trustAnchors)] : [],
    redisFacts: undefined,
    onFeedOutage: () => undefined,
    close: async () => {
      await wired.close();
      await opened.close();
    },
  };
}
