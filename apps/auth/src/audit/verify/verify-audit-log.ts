import { type ChainHead, type ChainSealer, hashOf } from '../chain.js';
import type { AuditChainReader, ReadRow } from './audit-chain-reader.port.js';
import { type AuditFault, type AuditVerdict, type Checkpoint, type NotedFlaw, verdictOf } from './audit-verdict.js';

export interface VerifyAuditRequest {
  /** Takes up where an earlier, incomplete run stopped. @default the oldest event there is */
  readonly fromSeq?: number;
  /** What was once told of the chain, and kept outside the database. */
  readonly checkpoint?: Checkpoint;
  /** Stops after this long, incomplete. @default never */
  readonly budgetMs?: number;
  /** Told after every page. */
  readonly onProgress?: (checked: number, upToSeq: number) => void;
}

const PAGE = 1_000;
/** Reading starts at the very first row, whatever its number: none may stand before the anchor. */
const BEFORE_ALL = Number.MIN_SAFE_INTEGER;
/** Of the flaws that were put down; the first are the ones to look at. */
const MAX_NOTED = 100;

/** Reads the chain from its oldest event to the newest and says where it first is not what was written. */
export class VerifyAuditLog {
  constructor(
    private readonly reader: AuditChainReader,
    private readonly sealer: Pick<ChainSealer, 'holds'>,
    /** Of a clock that nobody sets. */
    private readonly elapsedMs: () => number = () => performance.now(),
  ) {}

  /**
   * Events that are added meanwhile are left to the next run.
   *
   * @throws {DatabaseUnavailable}
   */
  async run({
    fromSeq = 0,
    checkpoint,
    budgetMs = Infinity,
    onProgress,
  }: VerifyAuditRequest = {}): Promise<AuditVerdict> {
    const startedMs = this.elapsedMs();
    const stored = await this.reader.head();
    if (!stored) return verdictOf({ fault: { seq: 1, what: 'seal_missing' } });
    const { head } = stored;
    const isSealed = stored.seal === null ? isVirgin(head) : this.sealer.holds(head, stored.seal);
    const walk = new Walk(head, checkpoint);
    await this.startAt(walk, fromSeq);

    while (!walk.isDone) {
      const page = await this.reader.rows(walk.lastSeq, PAGE);
      await this.followPruning(walk, page);
      walk.take(page);
      onProgress?.(walk.checked, head.seq);
      if (page.length < PAGE) walk.end();
      if (this.elapsedMs() - startedMs >= budgetMs) break;
    }
    const rowFault = walk.fault ?? (walk.isDone ? ((await this.beyondEnd(head)) ?? walk.endFault()) : undefined);
    return verdictOf({
      fault: rowFault ?? (isSealed ? undefined : { seq: head.seq, what: 'seal_broken' }),
      head,
      checked: walk.checked,
      complete: walk.isDone,
      nextSeq: walk.isDone ? undefined : walk.lastSeq + 1,
      adopted: walk.adopted,
      flaws: walk.flaws,
      unlinked: await this.reader.countUnlinked(),
    });
  }

  /** The row before is taken at its word: the run that stopped there has read it. */
  private async startAt(walk: Walk, fromSeq: number): Promise<void> {
    if (fromSeq <= walk.head.prunedSeq + 1) return;
    const [before] = await this.reader.rows(fromSeq - 2, 1);
    if (before?.seq === fromSeq - 1) walk.startAfter(before);
  }

  /** Retention may remove rows while we read: then what is left hangs on the new anchor. */
  private async followPruning(walk: Walk, page: readonly ReadRow[]): Promise<void> {
    const first = page[0]?.seq ?? Infinity;
    const after = Math.max(walk.lastSeq, walk.head.prunedSeq);
    if (first <= after + 1) return;
    const now = await this.reader.head();
    const holds = now && now.seal !== null && this.sealer.holds(now.head, now.seal);
    if (holds && now.head.prunedSeq > after) walk.startAfter({ seq: now.head.prunedSeq, hash: now.head.prunedHash });
  }

  private async beyondEnd(head: ChainHead): Promise<AuditFault | undefined> {
    const [beyond] = await this.reader.rows(head.seq, 1);
    if (!beyond) return undefined;
    // Somebody may have added it in good order since; then the end has moved along.
    const now = await this.reader.head();
    return now && now.head.seq >= beyond.seq ? undefined : { seq: beyond.seq, what: 'added' };
  }
}

const isVirgin = ({ seq, prunedSeq }: ChainHead) => seq === 0 && prunedSeq === 0;

/** The way along the chain, as far as it holds. */
class Walk {
  lastSeq: number;
  checked = 0;
  adopted = 0;
  isDone = false;
  fault: AuditFault | undefined;
  readonly flaws: NotedFlaw[] = [];
  private lastHash: string;

  constructor(
    readonly head: ChainHead,
    private readonly checkpoint: Checkpoint | undefined,
  ) {
    this.lastSeq = BEFORE_ALL;
    this.lastHash = head.prunedHash;
  }

  startAfter({ seq, hash }: Pick<ReadRow, 'seq' | 'hash'>): void {
    this.lastSeq = seq;
    this.lastHash = hash;
  }

  take(page: readonly ReadRow[]): void {
    if (this.lastSeq === BEFORE_ALL) {
      const first = page[0]?.seq;
      if (first !== undefined && first <= this.head.prunedSeq) return this.stop({ seq: first, what: 'added' });
      this.lastSeq = this.head.prunedSeq;
    }
    for (const row of page) {
      if (row.seq > this.head.seq) return this.end();
      this.fault = this.faultOf(row);
      if (this.fault) return this.stop(this.fault);
      this.startAfter(row);
      this.checked++;
      if (row.witnessed === 0) this.adopted++;
      if (row.kind === 'audit.tampered' && this.flaws.length < MAX_NOTED) {
        this.flaws.push({ seq: row.seq, occurredAtMs: row.occurredAtMs, details: row.details ?? '{}' });
      }
    }
    if (this.lastSeq >= this.head.seq) this.end();
  }

  end(): void {
    this.isDone = true;
  }

  /** What can only be said once the last row has been read. */
  endFault(): AuditFault | undefined {
    const { seq, hash } = this.head;
    if (this.lastSeq < seq) return { seq: this.lastSeq + 1, what: 'truncated' };
    if (this.lastHash !== hash) return { seq, what: 'rewritten' };
    const isBehind = this.checkpoint !== undefined && this.checkpoint.seq > seq;
    return isBehind ? { seq: seq + 1, what: 'truncated' } : undefined;
  }

  private faultOf(row: ReadRow): AuditFault | undefined {
    if (row.seq !== this.lastSeq + 1) return { seq: this.lastSeq + 1, what: 'removed' };
    if (hashOf(row) !== row.hash) return { seq: row.seq, what: 'changed' };
    if (row.prevHash !== this.lastHash) return { seq: row.seq, what: 'unlinked' };
    const isOther = this.checkpoint?.seq === row.seq && this.checkpoint.hash !== row.hash;
    return isOther ? { seq: row.seq, what: 'rewritten' } : undefined;
  }

  private stop(fault: AuditFault): void {
    this.fault = fault;
    this.isDone = true;
  }
}
