import {
  RECEIPT_INTERVAL_MS,
  REVOCATION_SCOPES,
  type FeedRecord,
  type RevocationEntry,
  type ValidatorReport,
} from '@gatehouse/contracts';
import { AppliedMarks } from './applied-marks.js';
import type { FeedLedger } from '../feed/feed-ledger.js';
import { ReportRefused, type ReceiptReporter } from './receipts.port.js';
import type { Time } from '../time.js';

/** Who reports. */
export interface ReceiptIdentity {
  readonly name: string;
  readonly service: string;
  readonly version: string;
}

/** What a validator needs to report; without it, it reports nothing. */
export interface ReceiptParts {
  readonly reporter: ReceiptReporter;
  readonly identity: ReceiptIdentity;
}

const ENFORCED: ReadonlySet<string> = new Set(REVOCATION_SCOPES);
/** How long the last word may hold up the end of a service. */
const FAREWELL_MS = 500;
/** A side that refuses is asked again this seldom, in intervals. */
const LONGEST_PAUSE = 30;

/**
 * Reports once a second how far the list has come. One report is under way at a time; what could not be told is told with
 * the next one. Failures stay in here.
 */
export class ReceiptLoop {
  private readonly instance = globalThis.crypto.randomUUID();
  private readonly marks = new AppliedMarks();
  private ledger: FeedLedger | undefined;
  private notUnderstood = 0;
  private timer: NodeJS.Timeout | undefined;
  private sending: Promise<void> | undefined;
  private refusals = 0;
  private pause = 0;
  private spoken = false;

  constructor(
    private readonly parts: ReceiptParts,
    private readonly time: Time,
    private readonly warn: (message: string) => void,
  ) {}

  /** Called once, before the feed carries anything into the ledger. */
  start(ledger: FeedLedger): void {
    this.ledger = ledger;
    ledger.whenHeld((entry, record) => this.noteHeld(ledger, entry, record));
    ledger.whenComplete(() => {
      const { epoch, position } = ledger;
      if (epoch !== undefined) this.marks.note(epoch, position, this.time.nowMs());
      this.tick();
    });
    this.timer = setInterval(() => this.tick(), RECEIPT_INTERVAL_MS).unref();
  }

  /** Says goodbye, so that nobody waits for this validator, and ends. Takes half a second at the most. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    const goodbye = async () => {
      await this.sending;
      if (this.spoken) await this.send(true);
    };
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, FAREWELL_MS)));
    await Promise.race([goodbye(), patience]);
    clearTimeout(timer);
    this.parts.reporter.close();
  }

  private noteHeld(ledger: FeedLedger, { scope }: RevocationEntry, { epoch, position }: FeedRecord): void {
    if (!ENFORCED.has(scope)) this.notUnderstood += 1;
    // What is read before the list is whole comes into force as a whole.
    if (ledger.isComplete) this.marks.note(epoch, position, this.time.nowMs());
  }

  private tick(): void {
    if (this.sending) return;
    if (this.pause > 0) {
      this.pause -= 1;
      return;
    }
    this.sending = this.send(false).finally(() => (this.sending = undefined));
  }

  /** Never rejects. */
  private async send(leaving: boolean): Promise<void> {
    const report = this.compose(leaving);
    if (!report) return;
    try {
      if (!(await this.parts.reporter.report(report))) return;
      this.spoken = true;
      this.refusals = 0;
      this.marks.settle(report.epoch, report.position);
    } catch (error) {
      if (!leaving) this.holdBack(error);
    }
  }

  private compose(leaving: boolean): ValidatorReport | undefined {
    const { ledger } = this;
    // Without the whole list no token is accepted, and nobody has to wait for us.
    if (!ledger?.isComplete || ledger.epoch === undefined) return undefined;
    const { epoch, position } = ledger;
    const told = this.marks.since(epoch, position, this.time.nowMs());
    const { reporter, identity } = this.parts;
    const notUnderstood = this.notUnderstood + ledger.unreadable;
    return { instance: this.instance, ...identity, mode: reporter.mode, epoch, ...told, notUnderstood, leaving };
  }

  /** Asks less and less often; told once, until it works again. */
  private holdBack(error: unknown): void {
    this.refusals += 1;
    this.pause = Math.min(2 ** this.refusals, LONGEST_PAUSE);
    if (this.refusals > 1) return;
    const cause = error instanceof ReportRefused ? error.refusal : error instanceof Error ? error.name : 'unknown';
    this.warn(`What has been revoked here cannot be reported (${cause}); validation goes on as before.`);
  }
}
