import type { Clock } from '@gatehouse/kernel';
import type { DataSource } from 'typeorm';
import { orUnavailable } from '@gatehouse/sql';
import { type AuditEvent, AuditLog } from '../audit-log.port.js';
import type { AuditEventRow } from './audit-event.entity.js';

export interface AuditBuffer {
  /** Events kept while the database is away; what comes beyond is lost. */
  readonly capacity: number;
  /** Pause between two writes, in ms. */
  readonly pauseMs: number;
}

const DEFAULT_BUFFER: AuditBuffer = { capacity: 10_000, pauseMs: 200 };
const BATCH = 200;
/** Pause after a failed write, in ms. */
const RETRY_MS = 2_000;
const MAX_REQUEST_ID_LENGTH = 128;
/** Of an IPv6 address with an embedded IPv4 one. */
const MAX_ADDRESS_LENGTH = 45;

type NewRow = Omit<AuditEventRow, 'id'>;

/** Audit events in the database, written in batches behind the requests. */
export class SqlAuditLog extends AuditLog {
  private buffer: NewRow[] = [];
  private lost = 0;
  private timer: NodeJS.Timeout | undefined;
  private writing: Promise<void> = Promise.resolve();

  /** @param onFailure - told of each failed write, with the number of events given up since the last one. */
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
    private readonly onFailure: (error: unknown, lost: number) => void,
    private readonly limits: AuditBuffer = DEFAULT_BUFFER,
  ) {
    super();
  }

  override record(event: AuditEvent): void {
    if (this.buffer.length >= this.limits.capacity) {
      this.lost++;
      return;
    }
    this.buffer.push({
      kind: event.kind,
      userId: event.userId ?? null,
      sessionId: event.sessionId ?? null,
      ipAddress: event.ipAddress?.slice(0, MAX_ADDRESS_LENGTH) ?? null,
      requestId: event.requestId?.slice(0, MAX_REQUEST_ID_LENGTH) ?? null,
      details: event.details ? JSON.stringify(event.details) : null,
      occurredAtMs: this.clock.nowMs(),
    });
    this.timer ??= setTimeout(() => void this.flush(), this.limits.pauseMs).unref();
  }

  override flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    // One write at a time, in order.
    this.writing = this.writing.then(() => this.write());
    return this.writing;
  }

  private async write(): Promise<void> {
    while (this.buffer.length > 0) {
      const batch = this.buffer.slice(0, BATCH);
      try {
        await orUnavailable(() => this.dataSource.getRepository<AuditEventRow>('AuditEvent').insert(batch));
      } catch (error) {
        this.onFailure(error, this.lost);
        this.lost = 0;
        this.timer ??= setTimeout(() => void this.flush(), RETRY_MS).unref();
        return;
      }
      this.buffer = this.buffer.slice(batch.length);
    }
  }
}
