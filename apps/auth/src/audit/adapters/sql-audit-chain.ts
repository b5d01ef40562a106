import type { Clock } from '@gatehouse/kernel';
import { transaction } from '@gatehouse/sql';
import type { DataSource, EntityManager } from 'typeorm';
import { type ChainedRow, type ChainHead, type ChainSealer, EMPTY_CHAIN, hashOf } from '../chain.js';
import { type NewRow, newRowOf } from '../new-row.js';
import type { AuditEventRow } from './audit-event.entity.js';
import { addFigures, insertRows, known, newestRow, readHead, writeHead } from './audit-statements.js';

/** What was found wrong with the end of the chain. */
export type ChainFlaw =
  /** The ends are not as this service sealed them. */
  | 'seal_broken'
  /** Rows at the end are gone. */
  | 'tail_removed'
  /** Rows stand beyond the end. */
  | 'tail_added'
  /** The chain ends before, or differs at, a row that this process knows to have been written. */
  | 'rewound';

export interface Appended {
  readonly head: ChainHead;
  readonly flaw: ChainFlaw | undefined;
}

interface LockedEnd {
  readonly head: ChainHead;
  readonly flaw: ChainFlaw | undefined;
  /** Whether the seal is under the key of today. */
  readonly isFresh: boolean;
}

/** Rows that one step links or removes: short enough that nobody waits long for the lock. */
const STEP = 500;
const MAINTENANCE_TIMEOUT_MS = 10_000;

/**
 * The chain in the database. Every step holds the lock of its head, whichever instance takes it: there are no two rows with one
 * predecessor, and no gaps.
 */
export class SqlAuditChain {
  /** The newest row this process has written, to know a chain that was put back by its own, older seal. */
  private lastWritten: Pick<ChainHead, 'seq' | 'hash'> | undefined;

  constructor(
    private readonly dataSource: DataSource,
    private readonly sealer: ChainSealer,
    private readonly clock: Clock,
  ) {}

  /**
   * Links rows to the end, all or none; none at all just looks whether the end is as it was left. A damaged end is put down as an event of its own, in front of them, and the chain goes on:
   * who damages it must not also silence it.
   *
   * @param mayBeThere - an earlier attempt may have written some of them without our hearing of it; those are left out.
   * @throws {DatabaseUnavailable}
   */
  async append(rows: readonly NewRow[], { mayBeThere = false } = {}): Promise<Appended> {
    const appended = await transaction(this.dataSource, async (manager) => {
      const { head, flaw, isFresh } = await this.lock(manager);
      const there = mayBeThere ? await known(manager, rows) : new Set<string | null>();
      const added = rows.filter(({ eventId }) => !there.has(eventId));
      if (flaw) added.unshift(newRowOf({ kind: 'audit.tampered', details: { found: flaw } }, this.clock.nowMs()));
      if (added.length === 0 && !isFresh) await writeHead(manager, head, this.sealer.seal(head));
      return { head: await this.link(manager, head, added), flaw };
    });
    if (appended.head.seq > 0) this.lastWritten = appended.head;
    return appended;
  }

  /**
   * Links rows that another version of the service, which knew of no chain, or somebody by hand has put into the table. They are
   * marked: the chain vouches for what they said when they were found, not for who wrote them.
   *
   * @returns how many; there may be more.
   */
  async adopt(): Promise<number> {
    if ((await this.unlinked(this.dataSource.manager, 1)).length === 0) return 0;
    return transaction(
      this.dataSource,
      async (manager) => {
        const { head, flaw } = await this.lock(manager);
        // A fresh seal would hide it; the next event puts it down first.
        if (flaw) return 0;
        const found = await this.unlinked(manager, STEP);
        let end = head;
        for (const row of found) {
          const linked: ChainedRow = { ...row, seq: end.seq + 1, prevHash: end.hash, witnessed: 0 };
          const { seq, prevHash, witnessed } = linked;
          const hash = hashOf(linked);
          await manager
            .getRepository<AuditEventRow>('AuditEvent')
            .update({ id: row.id }, { seq, prevHash, witnessed, hash });
          end = { ...end, seq, hash };
        }
        if (found.length === 0) return 0;
        await addFigures(manager, found);
        await writeHead(manager, end, this.sealer.seal(end));
        return found.length;
      },
      { timeoutMs: MAINTENANCE_TIMEOUT_MS },
    );
  }

  /**
   * Removes the oldest rows, up to the first that is not older than `beforeMs`, and keeps the hash of the last one removed: what
   * is left hangs on it.
   *
   * @returns how many; there may be more.
   */
  async prune(beforeMs: number): Promise<number> {
    return transaction(
      this.dataSource,
      async (manager) => {
        const { head, flaw } = await this.lock(manager);
        // Evidence stays until somebody has looked: the next event puts the flaw down, and then the chain is whole again.
        if (flaw) return 0;
        const oldest = await this.oldest(manager);
        const young = oldest.findIndex(({ occurredAtMs }) => occurredAtMs >= beforeMs);
        const old = young === -1 ? oldest : oldest.slice(0, young);
        const last = old.at(-1);
        if (!last) return 0;
        await manager
          .getRepository<AuditEventRow>('AuditEvent')
          .createQueryBuilder()
          .delete()
          .where('seq <= :seq', { seq: last.seq })
          .execute();
        const end = { ...head, prunedSeq: last.seq, prunedHash: last.hash };
        await writeHead(manager, end, this.sealer.seal(end));
        return old.length;
      },
      { timeoutMs: MAINTENANCE_TIMEOUT_MS },
    );
  }

  /** The oldest rows of the chain, STEP at the most. */
  private oldest(manager: EntityManager) {
    return manager
      .getRepository<AuditEventRow>('AuditEvent')
      .createQueryBuilder('e')
      .select(['e.id', 'e.seq', 'e.hash', 'e.occurredAtMs'])
      .where('e.seq IS NOT NULL')
      .orderBy('e.seq', 'ASC')
      .limit(STEP)
      .getMany() as Promise<{ seq: number; hash: string; occurredAtMs: number }[]>;
  }

  private unlinked(manager: EntityManager, limit: number): Promise<AuditEventRow[]> {
    return manager
      .getRepository<AuditEventRow>('AuditEvent')
      .createQueryBuilder('e')
      .where('e.seq IS NULL')
      .orderBy('e.id', 'ASC')
      .limit(limit)
      .getMany();
  }

  private async link(manager: EntityManager, head: ChainHead, rows: readonly NewRow[]): Promise<ChainHead> {
    if (rows.length === 0) return head;
    let end = head;
    const linked = rows.map((row) => {
      const chained: ChainedRow = { ...row, seq: end.seq + 1, prevHash: end.hash, witnessed: 1 };
      const hash = hashOf(chained);
      end = { ...end, seq: chained.seq, hash };
      return { ...chained, hash };
    });
    await insertRows(manager, linked);
    await addFigures(manager, rows);
    await writeHead(manager, end, this.sealer.seal(end));
    return end;
  }

  /** Takes the lock, and looks whether the chain ends as it was left. */
  private async lock(manager: EntityManager): Promise<LockedEnd> {
    const stored = await readHead(manager, { lock: true });
    const newest = await newestRow(manager);
    const head = stored?.head ?? EMPTY_CHAIN;
    const isVirgin = stored?.seal === null && head.seq === 0 && head.prunedSeq === 0 && !newest && !this.lastWritten;
    if (isVirgin) return { head, flaw: undefined, isFresh: true };
    const isSealed = stored !== undefined && stored.seal !== null && this.sealer.holds(head, stored.seal);
    if (!isSealed) {
      // Neither end can be believed; the rows that are there go on being linked, so that numbers stay unique.
      const end = newest && newest.seq >= head.seq ? { ...head, ...newest } : head;
      return { head: end, flaw: 'seal_broken', isFresh: false };
    }
    const isFresh = this.sealer.isFresh(head, stored.seal);
    const newestSeq = newest?.seq ?? head.prunedSeq;
    // Beyond what was added: numbers stay unique, and the link shows where it happened.
    if (newestSeq > head.seq) return { head: { ...head, seq: newestSeq }, flaw: 'tail_added', isFresh };
    if (newestSeq < head.seq || (newest && newest.hash !== head.hash)) return { head, flaw: 'tail_removed', isFresh };
    return { head, flaw: (await this.isRewound(manager, head)) ? 'rewound' : undefined, isFresh };
  }

  private async isRewound(manager: EntityManager, head: ChainHead): Promise<boolean> {
    const last = this.lastWritten;
    if (!last || (last.seq === head.seq && last.hash === head.hash) || last.seq <= head.prunedSeq) return false;
    if (head.seq < last.seq) return true;
    const row = await manager.getRepository<AuditEventRow>('AuditEvent').findOneBy({ seq: last.seq });
    return row?.hash !== last.hash;
  }
}
