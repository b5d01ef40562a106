import type { Logger, Metrics } from '@gatehouse/observability';
import type { ChainFlaw } from './adapters/sql-audit-chain.js';
import type { AuditWatch } from './audit-watch.js';
import type { ChainHead } from './chain.js';

/** What becomes of events, as figures and in the log of the process. */
export class AuditMetrics implements AuditWatch {
  private readonly events;
  private readonly flaws;
  private newest: ChainHead | undefined;

  constructor(
    metrics: Metrics,
    private readonly logger: Pick<Logger, 'warn' | 'error'>,
  ) {
    this.events = metrics.counter({
      name: 'auth_audit_events_total',
      help: 'Security events: written, lost because too many waited, or left out of a flood and counted instead',
      labels: ['result'],
    });
    // There from the beginning: of a figure that begins with its first event, Prometheus sees no increase.
    this.events.inc({ result: 'lost' }, 0);
    this.flaws = metrics.counter({
      name: 'auth_audit_flaws_total',
      help: 'Times the audit log was found damaged before an event was added to it',
      labels: ['found'],
    });
    metrics.gauge({ name: 'auth_audit_head_seq', help: 'Newest event of the chain this instance has written' }, () => {
      if (!this.newest) throw new Error('this instance has written nothing yet');
      return this.newest.seq;
    });
  }

  /** The newest end of the chain this instance has seen. */
  get head(): ChainHead | undefined {
    return this.newest;
  }

  written(events: number, head: ChainHead): void {
    this.newest = head;
    this.events.inc({ result: 'written' }, events);
  }

  failed(error: unknown): void {
    this.logger.warn('audit events wait', { error });
  }

  lost(events: number): void {
    this.events.inc({ result: 'lost' }, events);
  }

  leftOut(): void {
    this.events.inc({ result: 'left_out' });
  }

  flawed(flaw: ChainFlaw): void {
    this.flaws.inc({ found: flaw });
    this.logger.error('the audit log has been tampered with; run `npm run audit:verify`', { found: flaw });
  }
}
