import { type RevocationReason, revocationUntilMs } from '@gatehouse/contracts';
import { DatabaseUnavailable, SessionStoreUnavailable } from '@gatehouse/failures';
import { type Clock, randomUuid } from '@gatehouse/kernel';
import type { OutboxRow } from '@gatehouse/revocation-log';
import type { SessionStore } from '@gatehouse/session-store';
import type { AuditLog } from '../audit/audit-log.port.js';
import type { UserRepository } from '../users/user-repository.port.js';
import type { DurableRevocations } from './revoke-sessions.js';

export interface EndUserSessionsCommand {
  readonly userId: number;
  /** Stays, if it is one of the user's. @default none stays */
  readonly keepSessionId?: string | undefined;
  readonly reason: RevocationReason;
  /** Who ends them, when it is not the user. */
  readonly actorId?: number | undefined;
  /** Of the request that asks for it, for the audit log. */
  readonly ipAddress?: string;
  readonly requestId?: string;
}

export interface EndedUserSessions {
  readonly revocationId: string;
  /** How many were found and ended; 0 when the session store is away, although they end all the same. */
  readonly ended: number;
}

/** Two of them as one answer, under the receipt of the last that ended something. */
export function bothOf(first: EndedUserSessions, second: EndedUserSessions): EndedUserSessions {
  const { revocationId } = second.ended > 0 ? second : first;
  return { revocationId, ended: first.ended + second.ended };
}

/**
 * Ends all sessions of a user but one. Durable before it resolves.
 *
 * Where none is to stay, the generation of the user is raised as well: a session that a sign-in is just opening, and that no
 * list shows yet, is then refused everywhere too. Where one is to stay that would cost its owner a refresh, so it is left out,
 * unless the session store is away: then nobody can tell which sessions there are, and **the one to keep ends with the others**
 * as soon as the store is back.
 */
export class EndUserSessions {
  /** @param accessTokenSeconds - longest life of an access token: how long its revocation must be kept. */
  constructor(
    private readonly users: UserRepository,
    private readonly sessions: SessionStore,
    private readonly revocations: DurableRevocations,
    private readonly audit: AuditLog,
    private readonly accessTokenSeconds: number,
    private readonly clock: Clock,
    private readonly count: (sessions: number, reason: RevocationReason, durableIn: string) => void = () => undefined,
  ) {}

  /**
   * Repeating it is harmless.
   *
   * @throws {DatabaseUnavailable} when nothing could promise to keep it: the database is away, and Redis as well or not durable.
   */
  async run(command: EndUserSessionsCommand): Promise<EndedUserSessions> {
    const { userId, keepSessionId, reason } = command;
    const revocationId = randomUuid();
    const cutoff = keepSessionId === undefined ? await this.raiseIfPossible(userId) : undefined;
    const live = await this.listIfPossible(userId);
    const ids = (live ?? []).filter((id) => id !== keepSessionId);
    const generation = live ? cutoff : (cutoff ?? (await this.raise(userId)));

    const untilMs = revocationUntilMs(this.clock.nowMs(), this.accessTokenSeconds);
    const entry = { id: revocationId, untilMs, reason };
    const rows: OutboxRow[] = ids.map((value) => ({ entry: { ...entry, scope: 'sid', value, cutoff: 0 }, userId }));
    if (generation !== undefined) {
      rows.push({ entry: { ...entry, scope: 'sub', value: String(userId), cutoff: generation }, userId });
    }
    if (rows.length > 0) {
      const { durableIn } = await this.revocations.revoke(rows);
      this.count(ids.length, reason, durableIn);
    }
    this.tell(command, ids);
    return { revocationId, ended: ids.length };
  }

  /** @returns the ids of the live sessions; `undefined` when the store does not tell. */
  private async listIfPossible(userId: number): Promise<string[] | undefined> {
    try {
      return (await this.sessions.list(userId)).map(({ id }) => id);
    } catch (error) {
      if (error instanceof SessionStoreUnavailable) return undefined;
      throw error;
    }
  }

  /** With the database away the sessions that are known still end, by way of Redis alone. */
  private async raiseIfPossible(userId: number): Promise<number | undefined> {
    try {
      return await this.raise(userId);
    } catch (error) {
      if (error instanceof DatabaseUnavailable) return undefined;
      throw error;
    }
  }

  /** @returns the lowest generation still accepted; for a user who is gone, more than any token has. */
  private async raise(userId: number): Promise<number> {
    const user = await this.users.change(userId, { raiseGeneration: true });
    return user?.tokenGeneration ?? Number.MAX_SAFE_INTEGER;
  }

  private tell(
    { userId, actorId, reason, ipAddress, requestId }: EndUserSessionsCommand,
    ids: readonly string[],
  ): void {
    for (const sessionId of ids) {
      this.audit.record({
        kind: 'session.revoked',
        userId,
        sessionId,
        ...(actorId === undefined ? {} : { actorId }),
        ...(ipAddress === undefined ? {} : { ipAddress }),
        ...(requestId === undefined ? {} : { requestId }),
        details: { reason },
      });
    }
  }
}
