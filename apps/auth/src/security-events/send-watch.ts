import type { Logger, Metrics } from '@gatehouse/observability';
import type { SendWatch } from './send-events.js';

/** Counts what becomes of events, and says what went wrong: in codes, since what receivers say is theirs. */
export function sendWatch(metrics: Metrics, logger: Pick<Logger, 'info' | 'warn' | 'error'>): SendWatch {
  const events = metrics.counter({
    name: 'auth_security_events_total',
    help: 'Security events by what became of them; postponed counts attempts',
    labels: ['receiver', 'event', 'outcome'],
  });
  const failing = new Set<string>();
  return (receiver, { id, type }, outcome, { why, attempts, pauseMs }) => {
    events.inc({ receiver, event: type, outcome });
    if (outcome === 'given_up') {
      logger.error('a security event is given up', { receiver, event: type, jti: id, why });
    } else if (outcome === 'postponed') {
      failing.add(receiver);
      logger.warn('security events wait', { receiver, why, attempts, pauseMs });
    } else if (failing.delete(receiver)) {
      logger.info('security events arrive again', { receiver });
    }
  };
}
