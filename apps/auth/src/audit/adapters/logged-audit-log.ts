import type { Logger } from '@gatehouse/observability';
import { type AuditEvent, AuditLog } from '../audit-log.port.js';
import { isSampled } from '../event-sampler.js';

/**
 * Each event as a line of the service's own log as well, for whoever collects logs and has no eye on the database. Addresses stay out
 * of it, and so do kinds that a stranger can cause at will: those requests have a line each already.
 */
export class LoggedAuditLog extends AuditLog {
  constructor(
    private readonly log: AuditLog,
    private readonly logger: Pick<Logger, 'info'>,
  ) {
    super();
  }

  override record(event: AuditEvent): void {
    this.log.record(event);
    this.tell(event);
  }

  override async recordDurably(event: AuditEvent): Promise<void> {
    await this.log.recordDurably(event);
    this.tell(event);
  }

  override settle(requestId: string): Promise<void> {
    return this.log.settle(requestId);
  }

  override flush(): Promise<void> {
    return this.log.flush();
  }

  private tell({ ipAddress: _address, ...event }: AuditEvent): void {
    if (!isSampled(event.kind)) this.logger.info('audit event', event);
  }
}
