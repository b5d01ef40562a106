import { type RevocationEntry, type RevocationReason, revocationUntilMs } from '@gatehouse/contracts';
import { type Clock, randomUuid } from '@gatehouse/kernel';
import type { OutboxRow, RevocationWriter } from '@gatehouse/revocation-log';
import type { SessionStore } from '@gatehouse/session-store';
import { Trouble } from '../terminal/exit-code.js';
import type { Target } from './target.js';

export interface RevokeCommand {
  readonly target: Target;
  readonly reason: RevocationReason;
}

export interface RevocationReceipt {
  /** Under which every entry of this command is known: in the feed, in the database and in the audit of who asks. */
  readonly id: string;
  readonly entries: readonly RevocationEntry[];
  /** `null` when there was nothing to revoke. */
  readonly durableIn: 'database' | 'log' | null;
}

/** Ends sessions or tokens for good: what the auth service does at a sign-out, by hand. */
export class Revoke {
  /**
   * @param sessions - `undefined` without Redis: sessions then cannot be listed
   * @param accessTokenSeconds - longest life of an access token: how long an entry must be kept
   */
  constructor(
    private readonly writer: Pick<RevocationWriter, 'revoke'>,
    private readonly sessions: Pick<SessionStore, 'list'> | undefined,
    private readonly clock: Clock,
    private readonly accessTokenSeconds: number,
  ) {}

  /**
   * Repeating it is harmless.
   *
   * @throws {DatabaseUnavailable} when no place could promise to keep it; it may be in force all the same
   * @throws {SessionStoreUnavailable} when the sessions of a user cannot be listed
   */
  async run({ target, reason }: RevokeCommand): Promise<RevocationReceipt> {
    const id = randomUuid();
    const untilMs = revocationUntilMs(this.clock.nowMs(), this.accessTokenSeconds);
    const rows = (await this.rowsFor(target)).map(({ userId, ...what }): OutboxRow => {
      return { entry: { id, ...what, untilMs, reason }, userId };
    });
    const entries = rows.map(({ entry }) => entry);
    if (rows.length === 0) return { id, entries, durableIn: null };
    const { durableIn } = await this.writer.revoke(rows);
    return { id, entries, durableIn };
  }

  /**
   * A user is ended session by session: the entry for a user only raises the generation, and somebody who signs in again
   * would still get tokens of the old one.
   */
  private async rowsFor(target: Target): Promise<(Target & { readonly userId: number | null })[]> {
    if (target.scope !== 'sub') return [{ ...target, userId: null }];
    const userId = Number(target.value);
    if (!this.sessions && target.cutoff === 0) {
      throw new Trouble(
        'REDIS_NEEDED',
        'the sessions of a user are listed from Redis: set REDIS_URL, or give --generation',
      );
    }
    const open = (await this.sessions?.list(userId)) ?? [];
    return [
      ...open.map(({ id }) => ({ scope: 'sid' as const, value: id, cutoff: 0, userId })),
      ...(target.cutoff > 0 ? [{ ...target, userId }] : []),
    ];
  }
}
