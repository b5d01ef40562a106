import type { RevocationEntry } from '@gatehouse/contracts';
import { DatabaseUnavailable, SessionStoreUnavailable } from '@gatehouse/failures';
import { randomHex } from '@gatehouse/kernel';
import type { FeedLog } from './feed-log.port.js';
import type { OutboxRow, RevocationOutbox } from './outbox.port.js';

/** What the relay is told by whoever writes beside it. */
export interface WriterObserver {
  /** An acknowledged revocation is not in the feed yet. */
  noteUndelivered(): void;
  /** An acknowledged revocation is in the feed only. */
  noteUnstored(): void;
}

/** Makes revocations durable, then known. */
export class RevocationWriter {
  private epoch: string | undefined;

  /**
   * @param keepMs - how long the feed keeps a record: the longest life of a token, tolerance and margin included
   * @param onDeliver - as the relay's: rows count as delivered only once it resolves. Without it a process that dies right
   *   after appending would leave sessions in the store, and their refresh tokens would outlive the revocation. It is told
   *   when the database has just failed, so that nobody waits for it a second time.
   */
  constructor(
    private readonly outbox: RevocationOutbox,
    private readonly log: FeedLog,
    private readonly keepMs: number,
    private readonly observer: WriterObserver,
    private readonly onDeliver: (
      rows: readonly OutboxRow[],
      how?: 'without the database',
    ) => Promise<void> = async () => undefined,
  ) {}

  /**
   * Commits the revocations and tells every validator. When it resolves they outlive the loss of any one server, and are
   * enforced within milliseconds; or, with the feed away, as soon as it is back.
   *
   * @returns where they are kept: in the database, or, with the database away, in the feed
   * @throws {DatabaseUnavailable} when neither can keep them; some may be in force all the same
   */
  async revoke(rows: readonly OutboxRow[]): Promise<{ readonly durableIn: 'database' | 'log' }> {
    const entries = rows.map(({ entry }) => entry);
    const stored = await this.store(rows);
    const appended = await this.append(entries);
    if (stored) {
      if (appended && (await this.deliver(rows))) {
        this.outbox.markDelivered(entries).catch(() => this.observer.noteUndelivered());
      } else {
        this.observer.noteUndelivered();
      }
      return { durableIn: 'database' };
    }
    // What delivering needs the database for waits with it: the relay finds the entries in the feed and delivers them again.
    if (!appended || !(await this.isLogDurable()) || !(await this.deliver(rows, 'without the database'))) {
      throw new DatabaseUnavailable('neither the database nor the feed could keep the revocation');
    }
    this.observer.noteUnstored();
    return { durableIn: 'log' };
  }

  private async store(rows: readonly OutboxRow[]): Promise<boolean> {
    try {
      await this.outbox.add(rows);
      return true;
    } catch (error) {
      if (error instanceof DatabaseUnavailable) return false;
      throw error;
    }
  }

  /** Entries may go into any epoch at any time: only a heartbeat promises that nothing is missing. */
  private async append(entries: readonly RevocationEntry[]): Promise<boolean> {
    try {
      for (let attempt = 0; attempt < 3; attempt++) {
        const epoch = (this.epoch ??= await this.log.openEpoch(randomHex(8)));
        const outcome = await this.log.append(epoch, entries, this.keepMs);
        if (outcome.kind === 'appended') return true;
        // Lost records: the relay opens another life. Until it has, our entries go there only by way of the outbox.
        if (outcome.epoch === epoch) return false;
        this.epoch = outcome.epoch;
      }
      return false;
    } catch (error) {
      if (error instanceof SessionStoreUnavailable) return false;
      throw error;
    }
  }

  private async deliver(rows: readonly OutboxRow[], how?: 'without the database'): Promise<boolean> {
    try {
      await this.onDeliver(rows, how);
      return true;
    } catch (error) {
      if (error instanceof SessionStoreUnavailable) return false;
      if (error instanceof DatabaseUnavailable) return how === 'without the database';
      throw error;
    }
  }

  private async isLogDurable(): Promise<boolean> {
    try {
      return await this.log.isDurable();
    } catch (error) {
      if (error instanceof SessionStoreUnavailable) return false;
      throw error;
    }
  }
}
