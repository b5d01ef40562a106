import type { Metrics } from '@gatehouse/observability';
import type { OutboxRow } from '@gatehouse/revocation-log';
import type { DurableRevocations } from './revoke-sessions.js';

/** From a row that is committed beside a Redis that answers, to the longest a request may take. */
const BUCKETS_SECONDS = [0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** `writer`, with the time it takes until a revocation may be acknowledged, by what then keeps it: `nothing` where none would. */
export function timedRevocations(writer: DurableRevocations, metrics: Metrics): DurableRevocations {
  const taken = metrics.histogram({
    name: 'auth_revocation_duration_seconds',
    help: 'Time until a revocation could be acknowledged, by what keeps it',
    labels: ['durable_in'],
    buckets: BUCKETS_SECONDS,
  });
  return {
    revoke: async (rows: readonly OutboxRow[]) => {
      const startedMs = performance.now();
      let durableIn = 'nothing';
      try {
        const kept = await writer.revoke(rows);
        ({ durableIn } = kept);
        return kept;
      } finally {
        taken.observe({ durable_in: durableIn }, (performance.now() - startedMs) / 1000);
      }
    },
  };
}
