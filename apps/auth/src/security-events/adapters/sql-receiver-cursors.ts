import type { Clock } from '@gatehouse/kernel';
import { orUnavailable } from '@gatehouse/sql';
import { type DataSource, type EntityManager, IsNull, Like, MoreThan, MoreThanOrEqual } from 'typeorm';
import { type ReceiverCursor, ReceiverCursors } from '../receiver-cursors.port.js';
import { KEEP_EVENTS_MS } from '../security-event-log.port.js';
import type { SecurityEventCursorRow, SecurityEventRow } from './security-event.entity.js';

/** Outlives an attempt (10 s), clocks that differ included; whoever has a receiver says so again at each step. */
const LEASE_MS = 30_000;

/** Places of receivers in MySQL or SQLite. Of all who saw a row as it was, one moves it on. */
export class SqlReceiverCursors extends ReceiverCursors {
  /**
   * @param instance - of this process, and of no other
   * @param leaseMs - how long a receiver stays with an instance that says nothing
   */
  constructor(
    private readonly dataSource: DataSource,
    private readonly instance: string,
    private readonly clock: Clock,
    private readonly leaseMs = LEASE_MS,
  ) {
    super();
  }

  override async hold(receiver: string): Promise<ReceiverCursor | undefined> {
    const name = nameOf(receiver);
    const row = (await this.find(name)) ?? (await this.begin(name));
    const nowMs = this.clock.nowMs();
    const { heldBy, heldUntilMs } = row;
    const isMine = heldBy === this.instance;
    if (!isMine && heldUntilMs > nowMs && heldBy !== null) return undefined;
    if (isMine && heldUntilMs > nowMs + this.leaseMs / 2) return row;
    const isForgotten = heldUntilMs <= nowMs - KEEP_EVENTS_MS;
    const anew = isForgotten ? await this.now() : {};
    const asSeen = { name, heldBy: heldBy ?? IsNull(), heldUntilMs };
    const taken = { ...anew, heldBy: this.instance, heldUntilMs: nowMs + this.leaseMs };
    const { affected } = await orUnavailable(() => this.rows.update(asSeen, taken));
    return affected === 1 ? { ...row, ...taken } : undefined;
  }

  override async advance(receiver: string, from: number, to: number): Promise<boolean> {
    const mine = { name: nameOf(receiver), heldBy: this.instance, position: from };
    const heldUntilMs = this.clock.nowMs() + this.leaseMs;
    const moved = { position: to, attempts: 0, dueAtMs: 0, heldUntilMs };
    const { affected } = await orUnavailable(() => this.rows.update(mine, moved));
    return affected === 1;
  }

  override async postpone(receiver: string, attempts: number, dueAtMs: number): Promise<void> {
    const mine = { name: nameOf(receiver), heldBy: this.instance };
    await orUnavailable(() => this.rows.update(mine, { attempts, dueAtMs }));
  }

  override async release(): Promise<void> {
    const heldUntilMs = this.clock.nowMs();
    await orUnavailable(() => this.rows.update({ heldBy: this.instance }, { heldBy: null, heldUntilMs }));
  }

  override async lagsMs(receivers: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const lags = receivers.map(async (receiver): Promise<[string, number]> => {
      const happenedAtMs = await this.oldestWaiting(receiver);
      return [receiver, Math.max(0, this.clock.nowMs() - happenedAtMs)];
    });
    return new Map(await Promise.all(lags));
  }

  private async oldestWaiting(receiver: string): Promise<number> {
    const row = await this.find(nameOf(receiver));
    const [event] = row
      ? await orUnavailable(() =>
          this.events.find({
            where: { id: MoreThan(row.position), happenedAtMs: MoreThanOrEqual(row.sinceMs) },
            order: { id: 'ASC' },
            take: 1,
          }),
        )
      : [];
    return event?.happenedAtMs ?? Infinity;
  }

  private async begin(name: string): Promise<SecurityEventCursorRow> {
    const begun = { name, ...(await this.now()), heldBy: null, heldUntilMs: this.clock.nowMs() };
    // Of several instances one makes the row.
    await orUnavailable(() =>
      this.rows.createQueryBuilder().insert().values(begun).orIgnore().updateEntity(false).execute(),
    );
    return (await this.find(name)) ?? begun;
  }

  /** A place behind everything there is. */
  private async now() {
    const newest = await orUnavailable(() => this.events.maximum('id'));
    return { position: newest ?? 0, sinceMs: this.clock.nowMs(), attempts: 0, dueAtMs: 0 };
  }

  private find(name: string): Promise<SecurityEventCursorRow | null> {
    return orUnavailable(() => this.rows.findOneBy({ name }));
  }

  private get rows() {
    return this.dataSource.getRepository<SecurityEventCursorRow>('SecurityEventCursor');
  }

  private get events() {
    return this.dataSource.getRepository<SecurityEventRow>('SecurityEvent');
  }
}

const nameOf = (receiver: string) => `to:${receiver}`;

/** What all receivers have had, those left out that nobody has served for so long that they begin anew. 0 with none. */
export async function leastPosition(manager: EntityManager, nowMs: number): Promise<number> {
  const heldUntilMs = MoreThan(nowMs - KEEP_EVENTS_MS);
  const rows = manager.getRepository<SecurityEventCursorRow>('SecurityEventCursor');
  return (await orUnavailable(() => rows.minimum('position', { name: Like('to:%'), heldUntilMs }))) ?? 0;
}
