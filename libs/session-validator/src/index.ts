/**
 * The core: makes a validator, asks it, and says what it answers. Every other door takes the validator made here.
 *
 * @module
 */
export type {
  AccessTokenClaims,
  ActivityBatch,
  ErrorCode,
  FeedMode,
  FeedRecord,
  ReceiptMark,
  ReportedActivity,
  RevocationEntry,
  RevocationReason,
  RevocationScope,
  TokenRefusal,
  ValidatorReport,
} from '@gatehouse/contracts';
export { createSessionValidator } from './create-session-validator.js';
export type { AccessCookie } from './core/config/access-cookie.js';
export { configFromEnvironment, type Environment } from './core/config/config-from-environment.js';
export {
  InvalidConfiguration,
  type RedisConnection,
  type RedisNode,
  type SessionValidatorConfig,
} from './core/config/config.js';
export type { ExplainedCheck, ExplainedStep, Explanation } from './core/explain.js';
export type { FeedLedger } from './core/feed/feed-ledger.js';
export type { RevocationFeed } from './core/feed/feed.port.js';
export type { ActivityReporter } from './core/activity/activity.port.js';
export type { KeySource } from './core/keys/key-ring.js';
export { ReportRefused, type ReceiptReporter } from './core/receipts/receipts.port.js';
export type { Decision } from './core/metrics/counters.js';
export type { FeedHealth, Figures, ValidatorHealth, ValidatorMetrics } from './core/metrics/metrics.js';
export { SessionValidator, type CheckOptions } from './core/session-validator.js';
export type { Accepted, Freshness, Principal, Refused, Verdict, VerifiedClaims } from './core/verdict.js';
export type { Time } from './core/time.js';
export type { WatchCallback } from './core/revocations/watchers.js';
