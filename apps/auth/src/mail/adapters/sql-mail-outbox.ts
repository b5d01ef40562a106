import { createHash } from 'node:crypto';
import type { Clock } from '@gatehouse/kernel';
import { orUnavailable } from '@gatehouse/sql';
import { type DataSource, IsNull, LessThan, LessThanOrEqual, MoreThan, Not, type Repository } from 'typeorm';
import { canonicalEmail } from '../../users/email-address.js';
import { isAskedForByAnybody, type MailKind } from '../mail-kinds.js';
import { type MailOrder, MailOutbox, type MailOutcome, type NewMailOrder } from '../mail-outbox.port.js';
import type { MailMessageRow } from './mail-message.entity.js';

/** Of an IPv6 address with an embedded IPv4 one. */
const MAX_IP_LENGTH = 45;
const MAX_REQUEST_ID_LENGTH = 128;

/** Mail orders in MySQL or SQLite. */
export class SqlMailOutbox extends MailOutbox {
  private readonly rows: Repository<MailMessageRow>;

  constructor(
    dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    super();
    this.rows = dataSource.getRepository<MailMessageRow>('MailMessage');
  }

  override async put({ kind, userId, address, ipAddress, requestId }: NewMailOrder): Promise<void> {
    const nowMs = this.clock.nowMs();
    const row = {
      kind,
      userId: userId ?? null,
      address: address ?? null,
      addressHash: address !== undefined && isAskedForByAnybody(kind) ? hashOf(address) : null,
      ipAddress: ipAddress?.slice(0, MAX_IP_LENGTH) ?? null,
      requestId: requestId?.slice(0, MAX_REQUEST_ID_LENGTH) ?? null,
      attempts: 0,
      createdAtMs: nowMs,
      dueAtMs: nowMs,
      finishedAtMs: null,
      outcome: null,
    };
    await orUnavailable(() => this.rows.insert(row));
  }

  override async take(limit: number, leaseMs: number): Promise<MailOrder[]> {
    const nowMs = this.clock.nowMs();
    const due = await orUnavailable(() =>
      this.rows.find({
        where: { finishedAtMs: IsNull(), dueAtMs: LessThanOrEqual(nowMs) },
        order: { dueAtMs: 'ASC', id: 'ASC' },
        take: limit,
      }),
    );
    const taken: MailOrder[] = [];
    for (const row of due) {
      if (await this.isMine(row, nowMs + leaseMs)) taken.push(toOrder(row));
    }
    return taken;
  }

  override async postpone(id: number, dueAtMs: number): Promise<void> {
    await orUnavailable(() => this.rows.update({ id, finishedAtMs: IsNull() }, { dueAtMs }));
  }

  override async finish(id: number, outcome: MailOutcome): Promise<void> {
    const done = { finishedAtMs: this.clock.nowMs(), outcome, address: null, ipAddress: null, requestId: null };
    await orUnavailable(() => this.rows.update({ id, finishedAtMs: IsNull() }, done));
  }

  override async countBefore(order: MailOrder, windowMs: number): Promise<number> {
    if (order.address === undefined || !isAskedForByAnybody(order.kind)) return 0;
    const earlier = {
      kind: order.kind,
      addressHash: hashOf(order.address),
      createdAtMs: MoreThan(order.createdAtMs - windowMs),
      id: LessThan(order.id),
    };
    // `NOT outcome = 'dropped'` alone would leave out those that have no outcome yet.
    return orUnavailable(() =>
      this.rows.count({
        where: [
          { ...earlier, outcome: IsNull() },
          { ...earlier, outcome: Not('dropped') },
        ],
      }),
    );
  }

  override async forget(userId: number): Promise<void> {
    await orUnavailable(() => this.rows.delete({ userId }));
  }

  override async prune(beforeMs: number): Promise<number> {
    return orUnavailable(async () => (await this.rows.delete({ finishedAtMs: LessThan(beforeMs) })).affected ?? 0);
  }

  override async countWaiting(): Promise<number> {
    return orUnavailable(() => this.rows.countBy({ finishedAtMs: IsNull() }));
  }

  /** Of all who saw the row as it was, one moves it on. */
  private async isMine({ id, dueAtMs, attempts }: MailMessageRow, untilMs: number): Promise<boolean> {
    const asSeen = { id, dueAtMs, attempts, finishedAtMs: IsNull() };
    const moved = { dueAtMs: untilMs, attempts: attempts + 1 };
    const { affected } = await orUnavailable(() => this.rows.update(asSeen, moved));
    return affected === 1;
  }
}

function hashOf(address: string): string {
  return createHash('sha256').update(canonicalEmail(address)).digest('hex');
}

function toOrder(row: MailMessageRow): MailOrder {
  return {
    id: row.id,
    kind: row.kind as MailKind,
    userId: row.userId ?? undefined,
    address: row.address ?? undefined,
    ipAddress: row.ipAddress ?? undefined,
    requestId: row.requestId ?? undefined,
    createdAtMs: row.createdAtMs,
    attempts: row.attempts + 1,
  };
}
