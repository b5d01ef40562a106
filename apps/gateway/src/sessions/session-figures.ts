import type { Metrics } from '@gatehouse/observability';
import type { SessionStore } from './session-store.port.js';

type Renewal = 'refreshed' | 'taken-over' | 'ended' | 'unavailable';

/** Counts what happens to sessions. */
export interface SessionFigures {
  opened(): void;
  /** @param reason - counted by its first word: what providers and the auth service write behind it has no end */
  ended(reason: string): void;
  renewed(whose: 'auth' | 'provider', result: Renewal): void;
}

/** Why a session may have ended, in figures. */
const REASONS = new Set([
  'logout',
  'replaced',
  'absolute_timeout',
  'SESSION_REVOKED',
  'REFRESH_INVALID',
  'REFRESH_EXPIRED',
  'REFRESH_REUSE_DETECTED',
  'ACCOUNT_DISABLED',
  'provider',
]);

/** The gauges are asked when they are scraped; one that cannot be read is left out. */
export function sessionFigures(metrics: Metrics, store: SessionStore): SessionFigures {
  const created = metrics.counter({ name: 'redis_sessions_created_total', help: 'Sessions opened' });
  const expired = metrics.counter({
    name: 'redis_sessions_expired_total',
    help: 'Sessions ended by their idle or absolute time, noticed when scraped; of all instances one counts each',
  });
  const ended = metrics.counter({
    name: 'gateway_sessions_ended_total',
    help: 'Sessions ended before their time, by why',
    labels: ['reason'],
  });
  const renewals = metrics.counter({
    name: 'gateway_session_renewals_total',
    help: 'Attempts to renew tokens, by whose they are and how it ended',
    labels: ['tokens', 'result'],
  });
  // A gauge that is called a counter: dashboards were written for this name.
  metrics.gauge({ name: 'redis_sessions_total', help: 'Live sessions of all gateways' }, async () => {
    const { live, newlyExpired } = await store.count();
    expired.inc(newlyExpired);
    return live;
  });
  return {
    opened: () => created.inc(),
    ended: (reason) => {
      const [word = ''] = reason.split(':');
      ended.inc({ reason: REASONS.has(word) ? word : 'other' });
    },
    renewed: (tokens, result) => renewals.inc({ tokens, result }),
  };
}
