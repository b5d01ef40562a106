import type { OutboxRow, RevocationOutbox } from '@gatehouse/revocation-log';
import type { Session, SessionRights, SessionStore } from '@gatehouse/session-store';
import type { User } from '../users/user.js';
import type { UserRepository } from '../users/user-repository.port.js';
import { endedBelow } from '../revocations/enforce-generations.js';
import type { RolePermissions } from './role-permissions.js';

/** Gives a session that is being opened the rights of its user, and sees to it that nothing slips in between. */
export class GrantRights {
  constructor(
    private readonly permissions: Pick<RolePermissions, 'scopeOf'>,
    private readonly users: Pick<UserRepository, 'findById'>,
    private readonly outbox: Pick<RevocationOutbox, 'page'>,
    private readonly sessions: SessionStore,
  ) {}

  /** @throws {DatabaseUnavailable} */
  async of({ roles, tokenGeneration }: User): Promise<SessionRights> {
    return { roles, scope: await this.permissions.scopeOf(roles), generation: tokenGeneration };
  }

  /**
   * To be asked once a session stands in the store: between the look at the user and the opening, rights may have changed, all
   * sessions may have been ended or the device been removed, and none of it found this one.
   *
   * @param proven - the user whose password was found right. One that was changed since, or that an administrator has demanded to be
   *   changed, may not open a session: with the owner staying signed in the change raises no generation, and it could not list what
   *   was not there yet.
   * @returns the session with the rights of now; `undefined` when it may not be, and has been ended again.
   * @throws {DatabaseUnavailable} {SessionStoreUnavailable}
   */
  async confirm(session: Session, proven?: Pick<User, 'passwordChangedAtMs'>): Promise<Session | undefined> {
    const { id, userId, generation } = session;
    const [user, isOfEndedDevice] = await Promise.all([this.users.findById(userId), this.isOfEndedDevice(session)]);
    const isProven = !proven || (user?.passwordChangedAtMs === proven.passwordChangedAtMs && !user.mustResetPassword);
    const mayBe = user !== undefined && user.disabledAtMs === null && isProven && !isOfEndedDevice;
    // Whatever changes roles or their permissions changes the generation with them, so there is nothing else to ask.
    if (mayBe && user.tokenGeneration === generation) return session;
    const kept = await this.outbox.page({ limit: 1_000, scope: 'sub', value: String(userId) });
    if (!mayBe || generation < endedBelow(kept) || isBeingEnded(kept, generation, user.tokenGeneration)) {
      await this.sessions.end(userId, id);
      return undefined;
    }
    await this.sessions.changeRights(userId, await this.of(user));
    return this.sessions.find(userId, id);
  }

  /** By its revocation, for the device itself may be forgotten for want of room, and its sessions go on. */
  private async isOfEndedDevice({ deviceId, createdAtMs }: Session): Promise<boolean> {
    if (deviceId === null) return false;
    const [latest] = await this.outbox.page({ limit: 1, scope: 'device', value: deviceId });
    return latest !== undefined && Math.floor(createdAtMs / 1000) <= latest.entry.cutoff;
  }
}

/**
 * Whether an end of all sessions has begun that no entry tells of yet: other rights are committed together with their entry, while an end
 * raises the generation first, then looks which sessions there are, and writes its entries last.
 */
function isBeingEnded(kept: readonly OutboxRow[], generation: number, raisedTo: number): boolean {
  const told = new Set(kept.map(({ entry }) => entry.cutoff));
  for (let raised = generation + 1; raised <= raisedTo; raised++) if (!told.has(raised)) return true;
  return false;
}
