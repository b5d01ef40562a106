import type { RevocationReason, RevocationScope } from '@gatehouse/contracts';
import type { Clock } from '@gatehouse/kernel';
import type { OutboxRow, RevocationOutbox } from '@gatehouse/revocation-log';
import type { SessionStore } from '@gatehouse/session-store';
import type { ReceiptBoard, SeenValidator } from './receipt-board.port.js';
import { RevocationNotFound } from './receipts.errors.js';
import type { RevocationPlaces } from './revocation-places.js';

export interface ReceiptQuestion {
  readonly revocationId: string;
  readonly asker: { readonly userId: number; readonly isAdmin: boolean };
}

export interface ValidatorReceipt {
  readonly validator: SeenValidator;
  /** As `SeenValidator.appliedAtMs`. */
  readonly appliedAtMs: number | null | undefined;
}

export interface Receipt {
  readonly scope: RevocationScope;
  readonly reason: RevocationReason;
  /** How many things it ends. */
  readonly entries: number;
  /** Position in the feed; `undefined` until all of it is there. */
  readonly sequence: string | undefined;
  readonly validators: readonly ValidatorReceipt[];
  /** Whether it is in force in every validator that is there. */
  readonly complete: boolean;
}

/** Tells whoever ended something which validators enforce it, and since when. */
export class ShowReceipt {
  constructor(
    private readonly revocations: Pick<RevocationOutbox, 'find'>,
    private readonly places: RevocationPlaces,
    private readonly board: ReceiptBoard,
    private readonly sessions: Pick<SessionStore, 'ownerOf'>,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws {RevocationNotFound} for an unknown one, for one that is past, and for another person's alike.
   * @throws {DatabaseUnavailable} {@link SessionStoreUnavailable} when it cannot be told.
   */
  async run({ revocationId, asker }: ReceiptQuestion): Promise<Receipt> {
    const rows = (await this.revocations.find(revocationId)).filter(({ entry }) => entry.untilMs > this.clock.nowMs());
    const [first] = rows;
    if (!first || !(asker.isAdmin || (await this.belongTo(asker.userId, rows)))) throw new RevocationNotFound();
    const place = await this.places.find(rows);
    const { validators, full } = await this.board.read();
    const receipts = validators.map((validator) => ({
      validator,
      appliedAtMs: place && validator.appliedAtMs(place),
    }));
    const awaited = receipts.filter(({ validator }) => validator.expected);
    return {
      scope: first.entry.scope,
      reason: first.entry.reason,
      entries: rows.length,
      sequence: place?.position,
      validators: receipts,
      // Of nobody nothing is known, and where there was no room for all, somebody may be missing.
      complete: !full && awaited.length > 0 && awaited.every(({ appliedAtMs }) => appliedAtMs !== undefined),
    };
  }

  private async belongTo(userId: number, rows: readonly OutboxRow[]): Promise<boolean> {
    for (const row of rows) if ((await this.ownerOf(row)) !== userId) return false;
    return true;
  }

  /** Rows that were made while the database was away come back without their owner. */
  private async ownerOf({ entry, userId }: OutboxRow): Promise<number | undefined> {
    if (userId !== null) return userId;
    if (entry.scope === 'sub') return Number(entry.value);
    return entry.scope === 'sid' ? this.sessions.ownerOf(entry.value) : undefined;
  }
}
