import type { Clock } from '@gatehouse/kernel';
import { canonicalEmail } from '../../users/email-address.js';
import { isAskedForByAnybody } from '../mail-kinds.js';
import { type MailOrder, MailOutbox, type MailOutcome, type NewMailOrder } from '../mail-outbox.port.js';

interface Kept {
  order: MailOrder;
  readonly counted: string | undefined;
  dueAtMs: number;
  finishedAtMs?: number;
  outcome?: MailOutcome;
}

/** Mail orders of one process, for tests. */
export class MemoryMailOutbox extends MailOutbox {
  private readonly kept = new Map<number, Kept>();
  private lastId = 0;

  constructor(private readonly clock: Clock) {
    super();
  }

  /** What was ordered, first to last. */
  get orders(): MailOrder[] {
    return [...this.kept.values()].map(({ order }) => order);
  }

  override async put({ kind, userId, address, ipAddress, requestId }: NewMailOrder): Promise<void> {
    const nowMs = this.clock.nowMs();
    const id = ++this.lastId;
    const order = { id, kind, userId, address, ipAddress, requestId, createdAtMs: nowMs, attempts: 0 };
    const counted = address !== undefined && isAskedForByAnybody(kind) ? canonicalEmail(address) : undefined;
    this.kept.set(id, { order, counted, dueAtMs: nowMs });
  }

  override async take(limit: number, leaseMs: number): Promise<MailOrder[]> {
    const nowMs = this.clock.nowMs();
    return [...this.kept.values()]
      .filter(({ finishedAtMs, dueAtMs }) => finishedAtMs === undefined && dueAtMs <= nowMs)
      .sort((a, b) => a.dueAtMs - b.dueAtMs || a.order.id - b.order.id)
      .slice(0, limit)
      .map((kept) => {
        kept.dueAtMs = nowMs + leaseMs;
        kept.order = { ...kept.order, attempts: kept.order.attempts + 1 };
        return kept.order;
      });
  }

  override async postpone(id: number, dueAtMs: number): Promise<void> {
    const kept = this.kept.get(id);
    if (kept) kept.dueAtMs = dueAtMs;
  }

  override async finish(id: number, outcome: MailOutcome): Promise<void> {
    const kept = this.kept.get(id);
    if (!kept || kept.finishedAtMs !== undefined) return;
    kept.finishedAtMs = this.clock.nowMs();
    kept.outcome = outcome;
    kept.order = { ...kept.order, address: undefined, ipAddress: undefined, requestId: undefined };
  }

  override async countBefore(order: MailOrder, windowMs: number): Promise<number> {
    const counted = this.kept.get(order.id)?.counted;
    if (counted === undefined) return 0;
    return [...this.kept.values()].filter(
      (other) =>
        other.counted === counted &&
        other.order.kind === order.kind &&
        other.outcome !== 'dropped' &&
        other.order.id < order.id &&
        other.order.createdAtMs > order.createdAtMs - windowMs,
    ).length;
  }

  override async forget(userId: number): Promise<void> {
    for (const [id, { order }] of this.kept) if (order.userId === userId) this.kept.delete(id);
  }

  override async prune(beforeMs: number): Promise<number> {
    const old = [...this.kept].filter(([, { finishedAtMs }]) => finishedAtMs !== undefined && finishedAtMs < beforeMs);
    for (const [id] of old) this.kept.delete(id);
    return old.length;
  }

  override async countWaiting(): Promise<number> {
    return [...this.kept.values()].filter(({ finishedAtMs }) => finishedAtMs === undefined).length;
  }
}
