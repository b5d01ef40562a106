import type { RevocationEntry } from '@gatehouse/contracts';
import type { Clock } from '@gatehouse/kernel';
import { orUnavailable, transaction } from '@gatehouse/sql';
import { In, IsNull, LessThan, LessThanOrEqual, MoreThan, Not, type DataSource, type EntityManager } from 'typeorm';
import { RevocationOutbox, type ListedRevocation, type OutboxQuery, type OutboxRow } from '../outbox.port.js';
import type { RevocationRow } from './revocation.entity.js';

/** A delivery holds its rows for as long as the feed may take; nobody waits for it but other deliveries. */
const DELIVERY_TIMEOUT_MS = 10_000;

/** Revocations in MySQL or SQLite. */
export class SqlRevocationOutbox extends RevocationOutbox {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    super();
  }

  async add(rows: readonly OutboxRow[]): Promise<void> {
    await orUnavailable(() => insertRevocations(this.dataSource.manager, rows));
  }

  async deliverPending(
    limit: number,
    deliver: (rows: readonly OutboxRow[]) => Promise<void>,
    { waitForOthers = false }: { waitForOthers?: boolean } = {},
  ): Promise<number> {
    return transaction(
      this.dataSource,
      async (manager) => {
        const rows = await this.pending(manager, limit, waitForOthers);
        if (rows.length === 0) return 0;
        await deliver(rows.map(toOutboxRow));
        const ids = rows.map(({ id }) => id);
        await revocations(manager).update({ id: In(ids) }, { deliveredAtMs: this.clock.nowMs() });
        return rows.length;
      },
      { timeoutMs: DELIVERY_TIMEOUT_MS },
    );
  }

  async markDelivered(entries: readonly RevocationEntry[]): Promise<void> {
    await orUnavailable(async () => {
      const deliveredAtMs = this.clock.nowMs();
      for (const { id, scope, values } of alike(entries)) {
        const rows = { entryId: id, scope, value: In(values), deliveredAtMs: IsNull() };
        await revocations(this.dataSource.manager).update(rows, { deliveredAtMs });
      }
    });
  }

  async *unexpired(nowMs: number, limit: number): AsyncIterable<readonly OutboxRow[]> {
    let lastId = 0;
    for (;;) {
      const after = lastId;
      const rows = await orUnavailable(() =>
        revocations(this.dataSource.manager).find({
          where: { id: MoreThan(after), untilMs: MoreThan(nowMs) },
          order: { id: 'ASC' },
          take: limit,
        }),
      );
      if (rows.length > 0) yield rows.map(toOutboxRow);
      if (rows.length < limit) return;
      lastId = rows.at(-1)?.id ?? lastId;
    }
  }

  async find(entryId: string): Promise<readonly OutboxRow[]> {
    const found = await orUnavailable(() =>
      revocations(this.dataSource.manager).find({ where: { entryId }, order: { id: 'ASC' } }),
    );
    return found.map(toOutboxRow);
  }

  async page({ limit, beforePosition, scope, value, reason }: OutboxQuery): Promise<readonly ListedRevocation[]> {
    const where = {
      ...(beforePosition === undefined ? {} : { id: LessThan(beforePosition) }),
      ...(scope === undefined ? {} : { scope }),
      ...(value === undefined ? {} : { value }),
      ...(reason === undefined ? {} : { reason }),
    };
    const found = await orUnavailable(() =>
      revocations(this.dataSource.manager).find({ where, order: { id: 'DESC' }, take: limit }),
    );
    return found.map((row) => ({ ...toOutboxRow(row), position: row.id, deliveredAtMs: row.deliveredAtMs }));
  }

  async countPending(): Promise<number> {
    return orUnavailable(() => revocations(this.dataSource.manager).countBy({ deliveredAtMs: IsNull() }));
  }

  async prune(nowMs: number): Promise<number> {
    const old = { untilMs: LessThanOrEqual(nowMs), deliveredAtMs: Not(IsNull()) };
    return orUnavailable(async () => (await revocations(this.dataSource.manager).delete(old)).affected ?? 0);
  }

  /** MySQL locks what is being delivered, and other instances pass it over. SQLite has one writer. */
  private pending(manager: EntityManager, limit: number, waitForOthers: boolean): Promise<RevocationRow[]> {
    const query = revocations(manager)
      .createQueryBuilder('r')
      .where('r.deliveredAtMs IS NULL')
      .orderBy('r.id', 'ASC')
      .limit(limit);
    if (this.dataSource.options.type === 'mysql') {
      query.setLock('pessimistic_write');
      if (!waitForOthers) query.setOnLocked('skip_locked');
    }
    return query.getMany();
  }
}

/**
 * Adds the rows as part of the caller's own transaction, undelivered: what they revoke and the revocation then happen together
 * or not at all. Hand them to `RevocationWriter.revoke` afterwards, which keeps the rows that are there.
 */
export async function insertRevocations(manager: EntityManager, rows: readonly OutboxRow[]): Promise<void> {
  if (rows.length === 0) return;
  const insert = revocations(manager).createQueryBuilder().insert();
  await insert
    .values(rows.map((row) => toRow(row, null)))
    .orIgnore()
    .updateEntity(false)
    .execute();
}

/** Entries that differ only in what they name: those of one statement. */
function alike(entries: readonly RevocationEntry[]) {
  const groups = new Map<string, Pick<RevocationEntry, 'id' | 'scope'> & { values: string[] }>();
  for (const { id, scope, value } of entries) {
    const key = JSON.stringify([id, scope]);
    const group = groups.get(key) ?? { id, scope, values: [] };
    group.values.push(value);
    groups.set(key, group);
  }
  return groups.values();
}

const revocations = (manager: EntityManager) => manager.getRepository<RevocationRow>('Revocation');

function toRow({ entry, userId }: OutboxRow, deliveredAtMs: number | null): Omit<RevocationRow, 'id'> {
  const { id, scope, value, cutoff, untilMs, reason } = entry;
  return { entryId: id, scope, value, cutoff, untilMs, reason, userId, deliveredAtMs };
}

function toOutboxRow({ entryId, scope, value, cutoff, untilMs, reason, userId }: RevocationRow): OutboxRow {
  return { entry: { id: entryId, scope, value, cutoff, untilMs, reason }, userId };
}
