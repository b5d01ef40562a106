import type { RevocationEntry, RevocationScope } from '@gatehouse/contracts';

interface Cutoff {
  cutoff: number;
  untilMs: number;
}

interface Slot {
  readonly table: Map<string, unknown>;
  readonly value: string;
  readonly untilMs: number;
}

/** At most this many entries are looked at per {@link RevocationReplica.sweep}, or a share of a large table. */
const SWEEP_STEP = 2_000;
const SWEEP_SHARE = 1 / 300;

/**
 * The local list of what has ended. It only grows, except that an entry whose `untilMs` has passed may go: nothing it
 * concerns can be accepted any more. Merging is idempotent and commutative, so entries may come twice and in any order,
 * and a list read anew is merged, never put in place of what is known: memory can be righter than a Redis that failed
 * over.
 */
export class RevocationReplica {
  /** Things that end outright: until when to remember it. */
  private readonly ended = {
    sid: new Map<string, number>(),
    jti: new Map<string, number>(),
    kid: new Map<string, number>(),
  };
  /** Things that end up to a cut-off. */
  private readonly cutoffs = {
    sub: new Map<string, Cutoff>(),
    client: new Map<string, Cutoff>(),
    device: new Map<string, Cutoff>(),
    before: new Map<string, Cutoff>(),
  };
  private sweeper: Generator<Slot, undefined> | undefined;
  private size = 0;

  get entries(): number {
    return this.size;
  }

  /**
   * Adds an entry: of two with the same scope and value, the higher cut-off and the later `untilMs` hold.
   *
   * @returns `'added'` when it ends something that was not ended before, `'known'` when it does not, `'unknown-scope'`
   *   when a newer writer invented its scope.
   */
  merge({ scope, value, cutoff, untilMs }: RevocationEntry): 'added' | 'known' | 'unknown-scope' {
    if (isEnding(scope)) return this.mergeEnd(this.ended[scope], value, untilMs);
    if (isCutoff(scope)) return this.mergeCutoff(this.cutoffs[scope], value, cutoff, untilMs);
    return 'unknown-scope';
  }

  hasEnded(scope: 'sid' | 'jti' | 'kid', value: string): boolean {
    const table = this.ended[scope];
    return table.size > 0 && table.has(value);
  }

  /** The cut-off in force for `value`, `undefined` when there is none. */
  cutoff(scope: 'sub' | 'client' | 'device' | 'before', value: string): number | undefined {
    const table = this.cutoffs[scope];
    return table.size > 0 ? table.get(value)?.cutoff : undefined;
  }

  /**
   * Forgets some of what has expired by `nowMs` and goes on there next time, so that a million entries cost no pause.
   * Expiry is not asked on look-ups: remembering longer is harmless.
   */
  sweep(nowMs: number): void {
    let left = Math.max(SWEEP_STEP, Math.ceil(this.size * SWEEP_SHARE));
    this.sweeper ??= this.everything();
    while (left-- > 0) {
      const { value: slot, done } = this.sweeper.next();
      if (done) {
        this.sweeper = undefined;
        return;
      }
      if (slot.untilMs >= nowMs) continue;
      slot.table.delete(slot.value);
      this.size -= 1;
    }
  }

  private *everything(): Generator<Slot, undefined> {
    for (const table of Object.values(this.ended)) {
      for (const [value, untilMs] of table) yield { table, value, untilMs };
    }
    for (const table of Object.values(this.cutoffs)) {
      for (const [value, { untilMs }] of table) yield { table, value, untilMs };
    }
    return undefined;
  }

  private mergeEnd(table: Map<string, number>, value: string, untilMs: number): 'added' | 'known' {
    const known = table.get(value);
    if (known === undefined) this.size += 1;
    if (known === undefined || untilMs > known) table.set(value, untilMs);
    return known === undefined ? 'added' : 'known';
  }

  private mergeCutoff(table: Map<string, Cutoff>, value: string, cutoff: number, untilMs: number): 'added' | 'known' {
    const known = table.get(value);
    if (!known) {
      table.set(value, { cutoff, untilMs });
      this.size += 1;
      return 'added';
    }
    const raised = cutoff > known.cutoff;
    known.cutoff = Math.max(known.cutoff, cutoff);
    known.untilMs = Math.max(known.untilMs, untilMs);
    return raised ? 'added' : 'known';
  }
}

function isEnding(scope: RevocationScope): scope is 'sid' | 'jti' | 'kid' {
  return scope === 'sid' || scope === 'jti' || scope === 'kid';
}

function isCutoff(scope: RevocationScope): scope is 'sub' | 'client' | 'device' | 'before' {
  return scope === 'sub' || scope === 'client' || scope === 'device' || scope === 'before';
}
