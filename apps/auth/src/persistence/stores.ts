import type { Clock } from '@gatehouse/kernel';
import type { Logger, Metrics } from '@gatehouse/observability';
import type { FeedLog } from '@gatehouse/revocation-log';
import type { RateLimiter } from '@gatehouse/rate-limit';
import type { SessionStore } from '@gatehouse/session-store';
import type { LedgerWriterStatus, SessionLedger } from '@gatehouse/session-store/ledger';
import type { SessionSeals } from '@gatehouse/session-store/redis';
import type { Database } from '@gatehouse/sql';
import type { ActivityInbox } from '../activity/activity-inbox.port.js';
import type { RedisConnectionFacts } from '../health/auth-readiness.js';
import type { IdempotencyStore } from '../idempotency/idempotency-store.port.js';
import type { KeyBundleOutlet } from '../keys/bundle/key-bundle-outlet.port.js';
import type { ReceiptBoard } from '../receipts/receipt-board.port.js';
import type { SessionEventBus } from '../session-events/session-event-bus.port.js';
import type { SessionLedgerSettings } from './wire-session-ledger.js';

/** Everything that differs between one process on a laptop and many in production. */
export interface Stores {
  readonly database: Database;
  readonly sessions: SessionStore;
  /** Where sessions survive, and where those that are over are kept. */
  readonly sessionLedger: SessionLedger;
  readonly sessionLedgerStatus: () => LedgerWriterStatus;
  readonly feedLog: FeedLog;
  readonly receipts: ReceiptBoard;
  readonly activity: ActivityInbox;
  readonly sessionEvents: SessionEventBus;
  readonly idempotency: IdempotencyStore;
  readonly limiter: RateLimiter;
  readonly keyBundleOutlets: readonly KeyBundleOutlet[];
  /** `undefined` where there is no Redis. */
  readonly redisFacts: (() => RedisConnectionFacts) | undefined;
  /** Calls back each time the feed's server goes away. */
  onFeedOutage(listener: () => void): void;
  /** Closes what is shared by all rooms, last of all. */
  close(): Promise<void>;
}

export interface StoreNeeds {
  readonly ledger: SessionLedgerSettings;
  /** For stores that others could write to. */
  readonly sessionSeals: SessionSeals;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Public root keys, base64 DER; none where there is no key bundle. */
  readonly trustAnchors: readonly string[];
}
