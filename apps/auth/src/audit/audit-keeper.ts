import type { Clock } from '@gatehouse/kernel';
import type { Logger } from '@gatehouse/observability';
import type { SqlAuditChain } from './adapters/sql-audit-chain.js';
import type { AuditLog } from './audit-log.port.js';
import type { AuditMetrics } from './audit-metrics.js';

export interface KeeperSettings {
  /** Days that events are kept; 0 keeps them for ever. */
  readonly retentionDays: number;
}

const DAY_MS = 86_400_000;
const LOOK_EVERY_MS = 60_000;
const PRUNE_EVERY_MS = 3_600_000;
/** Steps of one look at the most: a backlog of millions must not hold the others up. */
const MAX_STEPS = 200;

/**
 * What the log needs beside being written: rows without a place in the chain get one, rows that are too old go, the end of the
 * chain is told outside the database. Every instance does it; the lock of the chain lets one at a time.
 */
export class AuditKeeper {
  private timer: NodeJS.Timeout | undefined;
  private prunedAtMs: number | undefined;
  private toldSeq = 0;
  private looking: Promise<void> = Promise.resolve();

  constructor(
    private readonly chain: Pick<SqlAuditChain, 'append' | 'adopt' | 'prune'>,
    private readonly log: AuditLog,
    private readonly metrics: Pick<AuditMetrics, 'head' | 'flawed'>,
    private readonly settings: KeeperSettings,
    private readonly clock: Clock,
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.look(), LOOK_EVERY_MS).unref();
    void this.look();
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.looking;
  }

  /** Never throws: with the database away it is done the next time. */
  look(): Promise<void> {
    this.looking = this.looking.then(async () => {
      try {
        this.tellHead();
        await this.inspect();
        await this.adopt();
        await this.prune();
      } catch (error) {
        this.logger.warn('the audit log could not be looked after', { error });
      }
    });
    return this.looking;
  }

  /** A line outside the database that nobody with the database alone can take back. */
  private tellHead(): void {
    const { head } = this.metrics;
    if (!head || head.seq === this.toldSeq) return;
    this.toldSeq = head.seq;
    this.logger.info('audit checkpoint', { seq: head.seq, hash: head.hash });
  }

  /** Damage is put down within the minute, though nothing else happens. */
  private async inspect(): Promise<void> {
    const { flaw } = await this.chain.append([]);
    if (flaw) this.metrics.flawed(flaw);
  }

  private async adopt(): Promise<void> {
    const count = await inSteps(() => this.chain.adopt());
    if (count > 0) this.logger.warn('linked audit events that this version has not written', { count });
  }

  private async prune(): Promise<void> {
    const { retentionDays } = this.settings;
    const nowMs = this.clock.nowMs();
    if (retentionDays === 0 || (this.prunedAtMs !== undefined && nowMs < this.prunedAtMs + PRUNE_EVERY_MS)) return;
    const beforeMs = nowMs - retentionDays * DAY_MS;
    const count = await inSteps(() => this.chain.prune(beforeMs));
    this.prunedAtMs = nowMs;
    if (count > 0) this.log.record({ kind: 'audit.pruned', details: { count, older_than_days: retentionDays } });
  }
}

async function inSteps(step: () => Promise<number>): Promise<number> {
  let count = 0;
  for (let n = 0; n < MAX_STEPS; n++) {
    const done = await step();
    count += done;
    if (done === 0) break;
  }
  return count;
}
