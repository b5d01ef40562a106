import type { RevocationEntry, RevocationScope } from '@gatehouse/contracts';
import { CompactTable } from './compact-table.js';

/** About so many entries are looked at per {@link RevocationReplica.sweep}, or a share of a large list. */
const SWEEP_STEP = 2_000;
const SWEEP_SHARE = 1 / 300;
const LAST_SECOND = 0xffffffff;

/**
 * The local list of what has ended. It only grows, except that an entry whose `untilMs` has passed may go: nothing it
 * concerns can be accepted any more. Merging is idempotent and commutative, so entries may come twice and in any order,
 * and a list read anew is merged, never put in place of what is known: memory can be righter than a Redis that failed
 * over.
 */
export class RevocationReplica {
  /** Things that end outright: until when to remember it. */
  private readonly ended = { sid: new CompactTable(false), jti: new CompactTable(false), kid: new CompactTable(false) };
  /** Things that end up to a cut-off. */
  private readonly cutoffs = {
    sub: new CompactTable(true),
    client: new CompactTable(true),
    device: new CompactTable(true),
    before: new CompactTable(true),
  };
  private readonly tables = [...Object.values(this.ended), ...Object.values(this.cutoffs)];
  private sweeping = 0;
  private changes = 0;

  get entries(): number {
    return this.tables.reduce((sum, { size }) => sum + size, 0);
  }

  /**
   * Adds an entry: of two with the same scope and value, the higher cut-off and the later `untilMs` hold.
   *
   * @returns `'added'` when it ends something that was not ended before, `'known'` when it does not, `'unknown-scope'`
   *   when a newer writer invented its scope.
   */
  merge({ scope, value, cutoff, untilMs }: RevocationEntry): 'added' | 'known' | 'unknown-scope' {
    const table = this.tableOf(scope);
    if (!table) return 'unknown-scope';
    // Without a time that makes sense, which only a feed of the service's own can hand over, it is kept for good.
    const untilSeconds = untilMs >= 0 ? Math.min(Math.ceil(untilMs / 1000), LAST_SECOND) : LAST_SECOND;
    // A cut-off below zero cuts nothing off.
    if (table.put(value, untilSeconds, Math.max(cutoff, 0)) === 'known') return 'known';
    this.changes += 1;
    return 'added';
  }

  /** Another one whenever something ends that had not ended before. What expires does not count: it only ends less. */
  get version(): number {
    return this.changes;
  }

  hasEnded(scope: 'sid' | 'jti' | 'kid', value: string): boolean {
    const table = this.ended[scope];
    return table.size > 0 && table.has(value);
  }

  /** The cut-off in force for `value`, `undefined` when there is none. */
  cutoff(scope: 'sub' | 'client' | 'device' | 'before', value: string): number | undefined {
    const table = this.cutoffs[scope];
    return table.size > 0 ? table.cutoff(value) : undefined;
  }

  /**
   * Forgets some of what has expired by `nowMs`, to the second, and goes on there next time, so that a million entries
   * cost no pause. Expiry is not asked on look-ups: remembering longer is harmless.
   */
  sweep(nowMs: number): void {
    const nowSeconds = Math.floor(nowMs / 1000);
    let left = Math.max(SWEEP_STEP, this.entries * SWEEP_SHARE);
    for (let ends = 0; left > 0 && ends < this.tables.length;) {
      const { seen, atEnd } = (this.tables[this.sweeping] as CompactTable).sweep(nowSeconds, left);
      left -= seen;
      if (!atEnd) continue;
      ends += 1;
      this.sweeping = (this.sweeping + 1) % this.tables.length;
    }
  }

  private tableOf(scope: RevocationScope): CompactTable | undefined {
    switch (scope) {
      case 'sid':
      case 'jti':
      case 'kid':
        return this.ended[scope];
      case 'sub':
      case 'client':
      case 'device':
      case 'before':
        return this.cutoffs[scope];
      default:
        // A newer writer's.
        return undefined;
    }
  }
}
