import type { Session, SessionStore } from '@gatehouse/session-store';
import type { Actor } from '../../access/actor.decorator.js';
import type { AuditLog } from '../../audit/audit-log.port.js';
import type { EndedUserSessions, EndUserSessions } from '../../revocations/end-user-sessions.js';
import type { RevokeSessions } from '../../revocations/revoke-sessions.js';
import { assertOwnRolesCover } from '../../roles/own-rights.js';
import type { RolePermissions } from '../../roles/role-permissions.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { NoSuchSession, UserNotFound } from '../administration.errors.js';

/** What a session must be to be listed; what is left out lets everything through. */
export interface SessionFilter {
  /** One of the addresses it was used from. */
  readonly ipAddress?: string | undefined;
  readonly deviceId?: string | undefined;
  readonly clientId?: string | undefined;
  /** Opened before, in ms. */
  readonly openedBeforeMs?: number | undefined;
}

export interface ListSessionsQuery extends SessionFilter {
  /** People with greater ids are looked at. */
  readonly afterUserId: number;
  readonly limit: number;
  readonly actor: Actor;
}

export interface ListedSessions {
  readonly sessions: readonly Session[];
  /** Person to go on behind; `undefined` once everybody has been looked at. */
  readonly nextAfterUserId: number | undefined;
}

/** People one request looks at: their sessions lie under their own key each, and a request must not take long. */
export const MAX_PEOPLE_LOOKED_AT = 200;

/** Shows and ends the sessions of others. */
export class AdministerSessions {
  constructor(
    private readonly users: UserRepository,
    private readonly permissions: RolePermissions,
    private readonly sessions: SessionStore,
    private readonly revokeSessions: RevokeSessions,
    private readonly endUserSessions: EndUserSessions,
    private readonly audit: AuditLog,
  ) {}

  /**
   * Goes through people in the order of their ids, at most {@link MAX_PEOPLE_LOOKED_AT} at a time: a page may hold few sessions,
   * or none, and still have a next one. All sessions of the last person come with it, so it may hold more than `limit`.
   *
   * @throws {DatabaseUnavailable} {SessionStoreUnavailable}
   */
  async list({ afterUserId, limit, actor, ...filter }: ListSessionsQuery): Promise<ListedSessions> {
    const people = await this.users.page({ afterId: afterUserId, limit: MAX_PEOPLE_LOOKED_AT });
    const sessions: Session[] = [];
    let last: number | undefined;
    for (const { id } of people) {
      sessions.push(...(await this.sessions.list(id)).filter((session) => matches(session, filter)));
      last = id;
      if (sessions.length >= limit) break;
    }
    this.noteRead(actor, { count: sessions.length });
    const isEnd = people.length < MAX_PEOPLE_LOOKED_AT && last === people.at(-1)?.id;
    return { sessions, nextAfterUserId: isEnd ? undefined : last };
  }

  /** @throws {UserNotFound} */
  async ofUser(userId: number, actor: Actor): Promise<Session[]> {
    if (!(await this.users.findById(userId))) throw new UserNotFound();
    const sessions = await this.sessions.list(userId);
    this.noteRead(actor, { count: sessions.length }, userId);
    return sessions;
  }

  /**
   * @throws {UserNotFound} {BeyondOwnRights} {NoSuchSession}
   * @throws {SessionStoreUnavailable} when it cannot be told whose session it is.
   */
  async end(userId: number, sessionId: string, actor: Actor): Promise<string> {
    await this.assertReachable(userId, actor);
    if (!(await this.sessions.find(userId, sessionId))) throw new NoSuchSession();
    const { revocationId } = await this.revokeSessions.run({ userId, sessionIds: [sessionId], reason: 'admin' });
    const { userId: actorId, ipAddress, requestId } = actor;
    this.audit.record({ kind: 'session.revoked', userId, sessionId, actorId, ipAddress, requestId });
    return revocationId;
  }

  /** @throws {UserNotFound} {BeyondOwnRights} */
  async endAll(userId: number, actor: Actor): Promise<EndedUserSessions> {
    await this.assertReachable(userId, actor);
    const { userId: actorId, ipAddress, requestId } = actor;
    return this.endUserSessions.run({ userId, reason: 'admin', actorId, ipAddress, requestId });
  }

  private async assertReachable(userId: number, actor: Actor): Promise<void> {
    const user = await this.users.findById(userId);
    if (!user) throw new UserNotFound();
    assertOwnRolesCover(actor.rights, user.roles, await this.permissions.of(user.roles));
  }

  private noteRead(
    { userId: actorId, ipAddress, requestId }: Actor,
    { count }: { count: number },
    userId?: number,
  ): void {
    const whom = userId === undefined ? {} : { userId };
    const details = { what: 'sessions', count };
    this.audit.record({ kind: 'admin.read', ...whom, actorId, ipAddress, requestId, details });
  }
}

function matches(
  session: Session,
  { ipAddress, deviceId, clientId, openedBeforeMs = Infinity }: SessionFilter,
): boolean {
  return (
    (ipAddress === undefined || session.ipAddress === ipAddress || session.ipAddresses.includes(ipAddress)) &&
    (deviceId ?? session.deviceId) === session.deviceId &&
    (clientId ?? session.clientId) === session.clientId &&
    session.createdAtMs < openedBeforeMs
  );
}
