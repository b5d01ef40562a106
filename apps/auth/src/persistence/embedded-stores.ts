import { join } from 'node:path';
import { MemoryFeedLog } from '@gatehouse/revocation-log/memory';
import { MemorySessionStore } from '@gatehouse/session-store/memory';
import { type DatabaseSettings, openDatabase } from '@gatehouse/sql';
import { MemoryIdempotencyStore } from '../idempotency/adapters/memory-idempotency-store.js';
import { FileKeyBundleOutlet } from '../keys/adapters/file-key-bundle-outlet.js';
import { MemoryThrottlerStorage } from '../limits/adapters/memory-throttler-storage.js';
import { MemoryReceiptBoard } from '../receipts/adapters/memory-receipt-board.js';
import { authSchema } from './auth-schema.js';
import type { StoreNeeds, Stores } from './stores.js';

/** One process: SQLite in a file, the rest in memory. Sessions end with the process; users, keys and revocations stay. */
export async function embeddedStores(
  dataDir: string,
  database: DatabaseSettings | undefined,
  { clock, logger, trustAnchor }: StoreNeeds,
): Promise<Stores> {
  const opened = await openDatabase(database ?? { dialect: 'sqlite', path: join(dataDir, 'auth.sqlite') }, {
    ...authSchema,
    onStatus: (status, error) => {
      if (status === 'down') logger.error('the embedded database does not open', { error });
    },
  });
  await opened.ready();
  return {
    database: opened,
    sessions: new MemorySessionStore(clock),
    feedLog: new MemoryFeedLog(clock),
    receipts: new MemoryReceiptBoard(clock),
    idempotency: new MemoryIdempotencyStore(clock),
    attempts: new MemoryThrottlerStorage(clock),
    keyBundleOutlets: trustAnchor ? [new FileKeyBundleOutlet(join(dataDir, 'key-bundle.jws'), trustAnchor)] : [],
    redisFacts: undefined,
    onFeedOutage: () => undefined,
    close: () => opened.close(),
  };
}
