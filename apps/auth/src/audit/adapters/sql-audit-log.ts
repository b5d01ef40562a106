import { DatabaseUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import { orUnavailable } from '@gatehouse/sql';
import { isWrittenBeforeTheAnswer } from '../audit-event-kinds.js';
import { type AuditEvent, AuditLog } from '../audit-log.port.js';
import type { AuditWatch } from '../audit-watch.js';
import { EventSampler } from '../event-sampler.js';
import { type NewRow, newRowOf } from '../new-row.js';
import type { SqlAuditChain } from './sql-audit-chain.js';

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
/** Longest a request waits for its record, in ms. With the database away the request itself has failed before. */
const DURABLE_MS = 800;

interface Waiting {
  readonly row: NewRow;
  /** Of the request that waits for it; `undefined` when none does. */
  readonly requestId: string | undefined;
  /** Taken out of the line when the write fails: whoever recorded it will not act. */
  readonly giveUp: ((error: unknown) => void) | undefined;
}

/** Audit events in the database, linked to each other, written in batches behind the requests. */
export class SqlAuditLog extends AuditLog {
  private line: Waiting[] = [];
  private readonly sampler = new EventSampler();
  /** Lost since the log last said so. */
  private lost = 0;
  /** The last write failed: it may have happened all the same. */
  private inDoubt = false;
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(
    private readonly chain: Pick<SqlAuditChain, 'append'>,
    private readonly clock: Clock,
    private readonly watch: AuditWatch,
    private readonly limits: AuditBuffer = DEFAULT_BUFFER,
  ) {
    super();
  }

  /** Events that wait to be written. */
  get waiting(): number {
    return this.line.length;
  }

  override record(event: AuditEvent): void {
    const nowMs = this.clock.nowMs();
    this.summarise(nowMs);
    if (!this.sampler.admits(event, nowMs)) {
      this.watch.leftOut();
      // So that the count is written though nothing else happens.
      this.schedule(this.limits.pauseMs);
      return;
    }
    this.queue(event, nowMs);
  }

  override async recordDurably(event: AuditEvent): Promise<void> {
    const row = newRowOf(event, this.clock.nowMs());
    let failure: unknown;
    const waiting: Waiting = { row, requestId: undefined, giveUp: (error) => (failure = error) };
    this.line.push(waiting);
    try {
      await orUnavailable(() => this.flush(), DURABLE_MS);
    } catch (error) {
      failure = error;
    }
    const isStillThere = this.line.includes(waiting);
    this.line = this.line.filter((one) => one !== waiting);
    if (failure !== undefined || isStillThere) throw unwritten(failure);
  }

  override async settle(requestId: string): Promise<void> {
    const isWaiting = () => this.line.some((one) => one.requestId === requestId);
    if (!isWaiting()) return;
    await orUnavailable(() => this.flush(), DURABLE_MS);
    if (isWaiting()) throw unwritten(undefined);
  }

  override flush(): Promise<void> {
    if (!this.running) return this.start();
    // One write at a time, in order; all who come during one share the one after it.
    this.next ??= this.running.then(() => this.start());
    return this.next;
  }

  /** Writes everything, the counts of what was left out among it. For the end of the process. */
  async close(): Promise<void> {
    for (const event of this.sampler.summaries(this.clock.nowMs(), { evenIfOpen: true }))
      this.queue(event, this.clock.nowMs());
    await this.flush();
    clearTimeout(this.timer);
  }

  private queue(event: AuditEvent, nowMs: number): void {
    if (this.line.length >= this.limits.capacity) {
      this.lost++;
      this.watch.lost(1);
      return;
    }
    const requestId = isWrittenBeforeTheAnswer(event.kind) ? event.requestId : undefined;
    this.line.push({ row: newRowOf(event, nowMs), requestId, giveUp: undefined });
    this.schedule(this.limits.pauseMs);
  }

  private summarise(nowMs: number): void {
    for (const event of this.sampler.summaries(nowMs)) this.queue(event, nowMs);
  }

  private schedule(pauseMs: number): void {
    this.timer ??= setTimeout(() => void this.flush(), pauseMs).unref();
  }

  private start(): Promise<void> {
    this.next = undefined;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running = this.write().finally(() => (this.running = undefined));
    return this.running;
  }

  /** Never throws: who waits looks whether the event is still in line. */
  private async write(): Promise<void> {
    this.summarise(this.clock.nowMs());
    while (this.line.length > 0) {
      const batch = this.line.slice(0, BATCH);
      const gone = this.lost;
      const rows = batch.map(({ row }) => row);
      if (gone > 0) rows.unshift(newRowOf({ kind: 'audit.lost', details: { count: gone } }, this.clock.nowMs()));
      try {
        const { head, flaw } = await this.chain.append(rows, { mayBeThere: this.inDoubt });
        if (flaw) this.watch.flawed(flaw);
        this.watch.written(rows.length, head);
      } catch (error) {
        this.fail(batch, error);
        return;
      }
      this.inDoubt = false;
      this.lost -= gone;
      const written = new Set(batch);
      this.line = this.line.filter((one) => !written.has(one));
    }
  }

  private fail(batch: readonly Waiting[], error: unknown): void {
    this.inDoubt = true;
    this.watch.failed(error);
    for (const { giveUp } of batch) giveUp?.(error);
    this.line = this.line.filter((one) => one.giveUp === undefined || !batch.includes(one));
    if (this.line.length > 0) this.schedule(RETRY_MS);
  }
}

function unwritten(cause: unknown): DatabaseUnavailable {
  if (cause instanceof DatabaseUnavailable) return cause;
  return new DatabaseUnavailable('the audit log could not be written in time', { cause });
}
