import type { Clock } from '@gatehouse/kernel';
import type { Metrics } from '@gatehouse/observability';
import type { FeedRelayStatus, RevocationOutbox } from '@gatehouse/revocation-log';
import type { SessionStore } from '@gatehouse/session-store';
import type { LedgerWriterStatus } from '@gatehouse/session-store/ledger';

export interface GaugeParts {
  readonly metrics: Metrics;
  readonly sessions: Pick<SessionStore, 'countLive'>;
  readonly sessionLedger: () => LedgerWriterStatus;
  readonly outbox: Pick<RevocationOutbox, 'countPending'>;
  readonly relay: { status(): FeedRelayStatus };
  readonly clock: Clock;
}

/** Figures that are read when they are scraped. One that cannot be read is left out, never made up. */
export function registerAuthGauges(parts: GaugeParts): void {
  const { metrics, sessions, sessionLedger, outbox, relay, clock } = parts;
  registerLedgerGauges(metrics, sessionLedger);
  const live = () => sessions.countLive();
  metrics.gauge({ name: 'sessions_active', help: 'Live sessions of all users; may lag by seconds' }, live);
  // A gauge that is called a counter: dashboards were written for this name.
  metrics.gauge({ name: 'redis_sessions_total', help: 'As sessions_active, under its former name' }, live);
  metrics.gauge({ name: 'auth_outbox_pending', help: 'Revocations in the database that are not in the feed yet' }, () =>
    outbox.countPending(),
  );
  metrics.gauge(
    { name: 'auth_feed_heartbeat_age_seconds', help: 'Since this instance last proved the feed alive' },
    () => ageSeconds(relay.status().lastBeatAtMs, clock.nowMs()),
  );
  metrics.gauge(
    { name: 'auth_feed_admitted', help: '1 while every acknowledged revocation is known to be in force' },
    () => (relay.status().admitted ? 1 : 0),
  );
}

function registerLedgerGauges(metrics: Metrics, status: () => LedgerWriterStatus): void {
  metrics.gauge(
    { name: 'auth_session_ledger_waiting', help: 'Sessions whose latest news is not in the database yet' },
    () => status().waiting,
  );
  metrics.gauge(
    { name: 'auth_session_ledger_oldest_seconds', help: 'How long the oldest of them has waited' },
    () => status().oldestMs / 1000,
  );
  metrics.gauge(
    { name: 'auth_session_ledger_dropped', help: 'News of live sessions given up since the start, for want of room' },
    () => status().dropped,
  );
}

function ageSeconds(atMs: number | undefined, nowMs: number): number {
  if (atMs === undefined) throw new Error('this instance has not written a heartbeat yet');
  return Math.max(0, nowMs - atMs) / 1000;
}
