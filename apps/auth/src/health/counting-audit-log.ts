import type { Metrics } from '@gatehouse/observability';
import { type AuditEvent, AuditLog } from '../audit/audit-log.port.js';

/** Counts what the audit log is told, so that figures and log cannot disagree. */
export class CountingAuditLog extends AuditLog {
  private readonly signIns;
  private readonly opened;
  private readonly evictions;

  constructor(
    private readonly log: AuditLog,
    metrics: Metrics,
  ) {
    super();
    this.signIns = metrics.counter({
      name: 'auth_sign_ins_total',
      help: 'Attempts to sign in, by how they ended',
      labels: ['result', 'reason'],
    });
    this.opened = metrics.counter({
      // The name dashboards were written for.
      name: 'redis_sessions_created_total',
      help: 'Sessions opened and recorded',
    });
    this.evictions = metrics.counter({
      name: 'auth_sessions_evicted_total',
      help: 'Sessions ended because a newer one took their place',
    });
  }

  override record(event: AuditEvent): void {
    this.log.record(event);
    this.count(event);
  }

  override async recordDurably(event: AuditEvent): Promise<void> {
    await this.log.recordDurably(event);
    this.count(event);
  }

  override settle(requestId: string): Promise<void> {
    return this.log.settle(requestId);
  }

  override flush(): Promise<void> {
    return this.log.flush();
  }

  private count(event: AuditEvent): void {
    if (event.kind === 'signin.succeeded') {
      this.signIns.inc({ result: 'ok', reason: '' });
      if (event.details?.['degraded'] !== true) this.opened.inc();
    }
    if (event.kind === 'signin.failed') {
      this.signIns.inc({ result: 'failed', reason: String(event.details?.['reason'] ?? '') });
    }
    if (event.kind === 'session.evicted') this.evictions.inc();
  }
}
