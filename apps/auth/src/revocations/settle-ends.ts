import { AppError } from '@gatehouse/failures';
import type { EndedSession, SessionStore } from '@gatehouse/session-store';
import type { RevokeSessions } from './revoke-sessions.js';

/**
 * Finishes what an instance that died left half done: sessions the store has ended by itself (limit, reuse) without their
 * revocation having become durable. Run on each of the user's moves, so the owner's next step closes the gap.
 */
export class SettleEnds {
  constructor(
    private readonly sessions: SessionStore,
    private readonly revokeSessions: RevokeSessions,
  ) {}

  /**
   * Never a reason to fail the move it goes with: what cannot be settled now stays noted in the store.
   *
   * @returns whether nothing is left.
   */
  async run(userId: number): Promise<boolean> {
    try {
      const ended = await this.sessions.unconfirmedEnds(userId);
      for (const reason of ['evicted_limit', 'reuse_detected'] as const) {
        const sessionIds = idsOf(ended, reason);
        if (sessionIds.length > 0) await this.revokeSessions.run({ userId, sessionIds, reason });
      }
      return true;
    } catch (error) {
      if (error instanceof AppError) return false;
      throw error;
    }
  }
}

function idsOf(ended: readonly EndedSession[], cause: EndedSession['cause']): string[] {
  return ended.filter((end) => end.cause === cause).map(({ sessionId }) => sessionId);
}
