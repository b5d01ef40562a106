import type { Logger, Metrics } from '@gatehouse/observability';
import { SECURITY_EVENT_TYPES } from './security-event.js';
import type { SendWatch } from './send-events.js';

/** Counts what becomes of events, and says what went wrong: in codes, since what receivers say is theirs. */
export function sendWatch(
  metrics: Metrics,
  logger: Pick<Logger, 'info' | 'warn' | 'error'>,
  receivers: readonly string[],
): SendWatch {
  const events = metrics.counter({
    name: 'auth_security_events_total',
    help: 'Security events by what became of them; postponed counts attempts',
    labels: ['receiver', 'event', 'outcome'],
  });
  // There from the beginning: of a figure that begins with its first event, Prometheus sees no increase.
  for (const receiver of receivers) {
    for (const event of SECURITY_EVENT_TYPES) events.inc({ receiver, event, outcome: 'given_up' }, 0);
  }
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
