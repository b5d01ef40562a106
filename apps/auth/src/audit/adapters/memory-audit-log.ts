import { type Clock, SystemClock } from '@gatehouse/kernel';
import { type AuditEvent, AuditLog } from '../audit-log.port.js';
import { type NewRow, newRowOf } from '../new-row.js';

/** Keeps events in the process, for tests. */
export class MemoryAuditLog extends AuditLog {
  /** As they were recorded. */
  readonly events: AuditEvent[] = [];
  /** As they would be written. */
  readonly rows: NewRow[] = [];

  constructor(private readonly clock: Clock = new SystemClock()) {
    super();
  }

  override record(event: AuditEvent): void {
    this.events.push(event);
    this.rows.push(newRowOf(event, this.clock.nowMs()));
  }

  override async recordDurably(event: AuditEvent): Promise<void> {
    this.record(event);
  }

  override async settle(): Promise<void> {
    // Nothing is held back.
  }

  override async flush(): Promise<void> {
    // Nothing is held back.
  }
}
