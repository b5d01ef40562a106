import type { Clock } from '@gatehouse/kernel';
import type { Logger } from '@gatehouse/observability';
import type { FeedLog } from '@gatehouse/revocation-log';
import type { SessionStore } from '@gatehouse/session-store';
import type { Database } from '@gatehouse/sql';
import type { ThrottlerStorage } from '@nestjs/throttler';
import type { RedisConnectionFacts } from '../health/auth-readiness.js';
import type { IdempotencyStore } from '../idempotency/idempotency-store.port.js';
import type { KeyBundleOutlet } from '../keys/key-bundle-outlet.port.js';
import type { ReceiptBoard } from '../receipts/receipt-board.port.js';

/** Everything that differs between one process on a laptop and many in production. */
export interface Stores {
  readonly database: Database;
  readonly sessions: SessionStore;
  readonly feedLog: FeedLog;
  readonly receipts: ReceiptBoard;
  readonly idempotency: IdempotencyStore;
  readonly attempts: ThrottlerStorage;
  readonly keyBundleOutlets: readonly KeyBundleOutlet[];
  /** `undefined` where there is no Redis. */
  readonly redisFacts: (() => RedisConnectionFacts) | undefined;
  /** Calls back each time the feed's server goes away. */
  onFeedOutage(listener: () => void): void;
  /** Closes what is shared by all rooms, last of all. */
  close(): Promise<void>;
}

export interface StoreNeeds {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Public root key, base64 DER; `undefined` where there is no key bundle. */
  readonly trustAnchor: string | undefined;
}
