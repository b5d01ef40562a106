import type { PastPlace, PastSession, SessionLedger } from '@gatehouse/session-store/ledger';

export interface PastSessionsPage {
  readonly past: readonly PastSession[];
  /** Where the next page begins; `undefined` on the last. */
  readonly next: PastPlace | undefined;
}

/** Shows people where they were signed in, for as long as that is kept. */
export class ListPastSessions {
  constructor(private readonly ledger: SessionLedger) {}

  /**
   * Those that ended last first. What ended a moment ago may still be missing.
   *
   * @throws {DatabaseUnavailable}
   */
  async run(userId: number, limit: number, behind?: PastPlace): Promise<PastSessionsPage> {
    // One more than asked for, to know whether there is a next page.
    const found = await this.ledger.history(userId, limit + 1, behind);
    const past = found.slice(0, limit);
    const last = past.at(-1);
    const isEnd = found.length <= limit || last === undefined;
    return { past, next: isEnd ? undefined : { endedAtMs: last.endedAtMs, sessionId: last.session.id } };
  }
}
