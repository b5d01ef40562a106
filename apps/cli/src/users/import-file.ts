import { setTimeout as sleep } from 'node:timers/promises';
import { Trouble } from '../terminal/exit-code.js';
import { type Batch, batchesOf } from './batches.js';
import type { ImportApi, ImportedPart } from './import-api.port.js';

export interface ImportFailure {
  readonly line: number;
  readonly code: string;
  readonly field?: string;
}

export interface ImportReport {
  readonly importId: string;
  readonly dryRun: boolean;
  /** Number of the line after the last that was dealt with: where a broken import goes on. */
  nextLine: number;
  created: number;
  updated: number;
  skipped: number;
  failed: number;
  /** The first thousand. */
  readonly failures: ImportFailure[];
}

export interface ImportOptions {
  readonly importId: string;
  readonly dryRun: boolean;
  readonly onConflict: 'skip' | 'update';
  readonly fromLine: number;
}

const BATCH = { lines: 1_000, bytes: 4 * 2 ** 20 };
const MAX_FAILURES = 1_000;
/** A service that restarts, or a rush that passes, is waited out: half a minute in all. */
const ATTEMPTS = 7;
const FIRST_PAUSE_MS = 500;

/** Sends a file in batches, one after the other. Repeating a batch does no harm, so whatever may pass is tried again. */
export class ImportFile {
  constructor(
    private readonly api: ImportApi,
    private readonly onProgress: (report: ImportReport) => void,
    private readonly pauseMs: number = FIRST_PAUSE_MS,
  ) {}

  /**
   * @param report - kept up to date, so that it tells how far it came when this throws
   * @throws {Trouble} when a batch was refused, or could not be delivered
   */
  async run(
    chunks: AsyncIterable<Buffer>,
    options: ImportOptions,
    report: ImportReport,
    stop: AbortSignal,
  ): Promise<void> {
    for await (const batch of batchesOf(chunks, { ...BATCH, fromLine: options.fromLine })) {
      if (stop.aborted) return;
      const part = await this.deliver(batch, options, stop);
      for (const count of ['created', 'updated', 'skipped', 'failed'] as const) report[count] += part[count];
      report.failures.push(...part.failures.slice(0, MAX_FAILURES - report.failures.length));
      report.nextLine = batch.firstLine + batch.lines;
      this.onProgress(report);
    }
  }

  private async deliver(batch: Batch, options: ImportOptions, stop: AbortSignal): Promise<ImportedPart> {
    for (let attempt = 1; ; attempt++) {
      const answer = await this.api.send(batch, options, stop);
      if (answer.kind === 'taken') return answer.part;
      if (answer.kind === 'refused') throw new Trouble(answer.code, answer.message);
      if (attempt >= ATTEMPTS || stop.aborted) {
        throw new Trouble('AUTH_UNREACHABLE', `the auth service does not take lines (${answer.why})`);
      }
      const waitMs = Math.max(answer.retryAfterMs ?? 0, this.pauseMs * 2 ** (attempt - 1));
      await sleep(waitMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }
}
