import type { RevocationEntry } from '@gatehouse/contracts';
import { anEntry } from './feed.conformance.js';
import type { RedisWriter } from './redis-writer.js';

/**
 * A writer as the auth service is one: what it has acknowledged it still holds when Redis does not, and fills a new epoch
 * with it.
 */
export class Truth {
  constructor(
    readonly writer: RedisWriter,
    readonly entries = new Map<string, RevocationEntry>(),
  ) {}

  /** The same truth, written elsewhere from now on, in the epoch it was written in. */
  continuedOn(writer: RedisWriter): Truth {
    writer.continue(this.writer);
    return new Truth(writer, this.entries);
  }

  get values(): string[] {
    return [...this.entries.keys()].sort();
  }

  /** Ends `count` sessions. @returns their ids. */
  async revoke(count = 1, options?: { told: boolean }): Promise<string[]> {
    const values: string[] = [];
    for (let i = 0; i < count; i++) {
      const entry = this.newEntry();
      await this.writer.append(entry, options);
      values.push(entry.value);
    }
    return values;
  }

  /** An entry that is true already and not in the log yet. */
  newEntry(overrides?: Partial<RevocationEntry>): RevocationEntry {
    const entry = anEntry(overrides);
    this.entries.set(entry.value, entry);
    return entry;
  }

  /** What the relay does when the log was lost, lost records, or was cut short. */
  async refill(): Promise<void> {
    this.writer.beginNewLife();
    for (const entry of this.entries.values()) await this.writer.append(entry);
    await this.writer.beat();
  }
}
