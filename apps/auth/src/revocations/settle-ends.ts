import { AppError } from '@gatehouse/failures';
import type { EndedSession, SessionStore } from '@gatehouse/session-store';
import type { RevokeSessions } from './revoke-sessions.js';

interface Settling {
  readonly now: Promise<boolean>;
  next?: Promise<boolean>;
}

/**
 * Finishes what an instance that died left half done: sessions the store has ended as part of another move (limit, reuse, choice) without their
 * revocation having become durable. Run on each of the user's moves, so the owner's next step closes the gap.
 */
export class SettleEnds {
  /** Of each user what is under way, and what begins once that is done. */
  private readonly underWay = new Map<number, Settling>();

  constructor(
    private readonly sessions: Pick<SessionStore, 'unconfirmedEnds'>,
    private readonly revokeSessions: Pick<RevokeSessions, 'run'>,
  ) {}

  /**
   * Never a reason to fail the move it goes with: what cannot be settled now stays noted in the store.
   *
   * @returns whether nothing is left.
   */
  run(userId: number): Promise<boolean> {
    const running = this.underWay.get(userId);
    if (!running) return this.begin(userId);
    // All who come meanwhile share the one after it: each on its own would settle what every other is settling.
    const begin = () => this.begin(userId);
    running.next ??= running.now.then(begin, begin);
    return running.next;
  }

  private begin(userId: number): Promise<boolean> {
    const settling: Settling = { now: this.settle(userId) };
    this.underWay.set(userId, settling);
    const leave = () => {
      // Whoever waits for this one puts another in its place.
      if (!settling.next) this.underWay.delete(userId);
    };
    settling.now.then(leave, leave);
    return settling.now;
  }

  private async settle(userId: number): Promise<boolean> {
    try {
      const ended = await this.sessions.unconfirmedEnds(userId);
      for (const reason of ['evicted_limit', 'reuse_detected', 'user_revoked'] as const) {
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
