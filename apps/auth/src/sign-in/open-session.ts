import { SessionStoreUnavailable } from '@gatehouse/failures';
import type { EndedSession, NewSession, Session, SessionStore } from '@gatehouse/session-store';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { ConfirmOwnLimits } from '../own-session-policy/confirm-own-limits.js';
import { mostSessionsOf } from '../own-session-policy/life-of-session.js';
import type { OwnSessionLimits, User } from '../users/user.js';
import type { SessionSettings } from './session-settings.js';
import { SessionLimitReached } from './sign-in.errors.js';

/** Makes the end of displaced sessions durable and known everywhere, before it resolves. */
export interface RevokeDisplaced {
  run(request: {
    readonly userId: number;
    readonly sessionIds: readonly string[];
    readonly reason: EndedSession['cause'];
  }): Promise<unknown>;
}

/** Makes durable and known whatever end of this user's sessions is not yet. Never throws for a store that is away. */
export interface SettleLeftovers {
  /** @returns whether nothing is left. */
  run(userId: number): Promise<boolean>;
}

export interface Opening {
  readonly session: NewSession;
  /** Of its owner; the session is made by them. */
  readonly ownLimits: OwnSessionLimits;
  /** The session that is to end for the new one, as its owner has chosen. */
  readonly choice?: string | undefined;
  readonly requestId: string;
  /** A last look at whether it may be, once it stands. What it throws takes the session back. */
  readonly confirm: (session: Session) => Promise<Session>;
}

interface Opened {
  readonly session: Session;
  readonly ended: readonly EndedSession[];
}

/** Opens a session within the limit, by the policy that holds there. */
export class OpenSession {
  constructor(
    private readonly sessions: SessionStore,
    private readonly revokeSessions: RevokeDisplaced,
    private readonly leftovers: SettleLeftovers,
    private readonly settings: SessionSettings,
    private readonly confirmLimits: Pick<ConfirmOwnLimits, 'run'>,
    private readonly audit: AuditLog,
  ) {}

  /**
   * A look ahead, so that nothing else is done for a sign-in that will be refused. Not a promise: {@link run} decides.
   *
   * @throws {SessionLimitReached} when there is no room.
   */
  async assertRoom({ id, ownSessionLimits }: User, choice: string | undefined): Promise<void> {
    if (this.settings.atLimit === 'evict_oldest') return;
    const live = await this.listIfPossible(id);
    const own = live.filter(({ actorId }) => actorId === null);
    const makesRoom = own.some((session) => session.id === this.admissible(choice));
    const most = mostSessionsOf(this.settings, ownSessionLimits);
    if (own.length >= most && !makesRoom) throw this.refusal(most, own);
  }

  /**
   * What it ends is durable and known everywhere before it resolves: whoever sees the new session finds the others refused.
   *
   * @returns `undefined` when the store is away.
   * @throws {SessionLimitReached} when there is no room, and none is to be made; nothing has changed.
   * @throws {DatabaseUnavailable} when the end of another session could not be made durable; and what `confirm` throws.
   */
  async run(opening: Opening): Promise<Session | undefined> {
    const opened = await this.openIfPossible(opening);
    if (!opened) return undefined;
    try {
      await this.publishEnds(opened, opening.requestId);
      return await this.confirmLimits.run(await opening.confirm(opened.session), opening.ownLimits);
    } catch (error) {
      await this.withdraw(opened.session);
      throw error;
    }
  }

  private async publishEnds({ session, ended }: Opened, requestId: string): Promise<void> {
    // What has ended stands among what is to be settled, and a crowd of sign-ins settles its own together.
    const settled = await this.leftovers.run(session.userId);
    if (!settled) await this.revokeEach(session.userId, ended);
    for (const { sessionId, cause } of ended) {
      const kind = cause === 'evicted_limit' ? 'session.evicted' : 'session.revoked';
      const { userId, ipAddress } = session;
      this.audit.record({ kind, userId, sessionId, ipAddress, requestId });
    }
  }

  /** Nobody has a token of it yet. Left behind, it would keep its owner out where no session is displaced. */
  private async withdraw({ userId, id }: Session): Promise<void> {
    try {
      await this.sessions.end(userId, id);
    } catch (error) {
      // It ends untouched.
      if (!(error instanceof SessionStoreUnavailable)) throw error;
    }
  }

  private async openIfPossible(opening: Opening): Promise<Opened | undefined> {
    try {
      return await this.open(opening);
    } catch (error) {
      if (error instanceof SessionStoreUnavailable) return undefined;
      throw error;
    }
  }

  private async open({ session, ownLimits, choice }: Opening): Promise<Opened> {
    const most = mostSessionsOf(this.settings, ownLimits);
    const mayDisplace = this.settings.atLimit === 'evict_oldest';
    if (!mayDisplace || choice !== undefined) {
      const outcome = await this.sessions.openWithin(session, most, this.admissible(choice));
      if (outcome.kind === 'opened') return outcome;
      if (!mayDisplace) throw this.refusal(most, outcome.live);
    }
    const { session: opened, evicted } = await this.sessions.open(session, most);
    return { session: opened, ended: evicted };
  }

  private async revokeEach(userId: number, ended: readonly EndedSession[]): Promise<void> {
    for (const reason of ['evicted_limit', 'user_revoked'] as const) {
      const sessionIds = ended.filter(({ cause }) => cause === reason).map(({ sessionId }) => sessionId);
      if (sessionIds.length > 0) await this.revokeSessions.run({ userId, sessionIds, reason });
    }
  }

  /** Where a person must end a session elsewhere first, a sign-in ends none. */
  private admissible(choice: string | undefined): string | undefined {
    return this.settings.atLimit === 'deny' ? undefined : choice;
  }

  private refusal(most: number, live: readonly Session[]): SessionLimitReached {
    return new SessionLimitReached(most, this.settings.atLimit === 'ask' ? live : undefined);
  }

  private async listIfPossible(userId: number): Promise<readonly Session[]> {
    try {
      return await this.sessions.list(userId);
    } catch (error) {
      if (error instanceof SessionStoreUnavailable) return [];
      throw error;
    }
  }
}
