import { type AuditEvent, AuditLog } from '../audit-log.port.js';

/** Keeps events in the process, for tests. */
export class MemoryAuditLog extends AuditLog {
  readonly events: AuditEvent[] = [];

  override record(event: AuditEvent): void {
    this.events.push(event);
  }

  override async flush(): Promise<void> {
    // Nothing is held back.
  }
}
