import type { RevocationReason } from '@gatehouse/contracts';
import { DatabaseUnavailable } from '@gatehouse/failures';
import type { Clock } from '@gatehouse/kernel';
import type { Actor } from '../../access/actor.decorator.js';
import type { PersonalRecordsBook } from '../../accounts/personal-records/personal-records.js';
import type { AuditEvent, AuditLog } from '../../audit/audit-log.port.js';
import type { EndUserSessions } from '../../revocations/end-user-sessions.js';
import { assertOwnRolesCover } from '../../roles/own-rights.js';
import type { ChangeMark, RightsChange, RightsStore, UserOutcome } from '../../roles/rights-store.port.js';
import type { RolePermissions } from '../../roles/role-permissions.js';
import { LastAdmin, UnknownRole } from '../../roles/roles.errors.js';
import type { SpreadRights } from '../../roles/spread-rights.js';
import type { User } from '../../users/user.js';
import type { UserRepository } from '../../users/user-repository.port.js';
import { UserNotFound } from '../administration.errors.js';

export interface ChangeUserCommand {
  readonly userId: number;
  readonly actor: Actor;
  /** All roles from now on. */
  readonly roles?: readonly string[] | undefined;
  readonly disabled?: boolean | undefined;
  /** No sign-in until the password has been reset. */
  readonly demandPasswordReset?: boolean | undefined;
}

export interface ChangedUser {
  readonly user: User;
  /** `null` when no tokens were concerned. */
  readonly revocationId: string | null;
}

type SettledChange = Extract<UserOutcome, { kind: 'changed' | 'unchanged' }>;

/** How often a change is tried while others change the same person. */
const MAX_ATTEMPTS = 3;

/** Changes what a person may do, and whether they may do anything. In force everywhere when it resolves. */
export class ChangeUser {
  constructor(
    private readonly users: UserRepository,
    private readonly rights: RightsStore,
    private readonly permissions: RolePermissions,
    private readonly spread: SpreadRights,
    private readonly endSessions: EndUserSessions,
    private readonly book: PersonalRecordsBook,
    private readonly audit: AuditLog,
    private readonly clock: Clock,
  ) {}

  /**
   * @throws {UserNotFound} {UnknownRole} {LastAdmin}
   * @throws {BeyondOwnRights} for roles, or for a person, with rights the administrator lacks.
   * @throws {DatabaseUnavailable}
   */
  async run(command: ChangeUserCommand): Promise<ChangedUser> {
    const { userId, actor, roles, disabled } = command;
    const user = await this.reachable(userId, actor);
    if (roles) assertOwnRolesCover(actor.rights, roles, await this.permissions.of(roles));
    const change: RightsChange = {
      ...(roles ? { roles: [...new Set(roles)] } : {}),
      ...(disabled === undefined ? {} : { disabledAtMs: disabled ? this.clock.nowMs() : null }),
    };
    const changed = await this.changeRights(user, change, actor);
    const demanded = command.demandPasswordReset === true ? await this.demandReset(userId, actor) : undefined;
    return demanded ?? changed;
  }

  /**
   * Erases the account with everything that is held about the person. Nobody can sign in from the first step on, and the row goes
   * last: where a step fails, the same command finishes what is left.
   *
   * @throws {UserNotFound} {LastAdmin} {BeyondOwnRights} {DatabaseUnavailable}
   */
  async remove(userId: number, actor: Actor): Promise<string> {
    const user = await this.reachable(userId, actor);
    const closing = this.spread.mark('account_deleted');
    const closed = await this.changeReachable(user, { disabledAtMs: this.clock.nowMs() }, closing, actor);
    if (closed.kind === 'changed') await this.spread.run(closed.rows);
    await this.book.forget(userId);
    const mark = this.spread.mark('account_deleted');
    const outcome = settled(await this.rights.removeUser(userId, mark));
    this.tell(actor, { kind: 'account.erased', userId });
    if (outcome.kind === 'changed') await this.spread.run(outcome.rows);
    return mark.revocationId;
  }

  private async reachable(userId: number, actor: Actor): Promise<User> {
    const user = await this.users.findById(userId);
    if (!user) throw new UserNotFound();
    assertOwnRolesCover(actor.rights, user.roles, await this.permissions.of(user.roles));
    return user;
  }

  /** As the person is when they are changed: somebody may just be giving them more than the administrator has. */
  private async changeReachable(
    user: User,
    change: RightsChange,
    mark: ChangeMark & { readonly reason: RevocationReason },
    actor: Actor,
  ): Promise<SettledChange> {
    let found = user;
    for (let attempt = 1; ; attempt++) {
      const outcome = await this.rights.changeUser(user.id, { ...change, foundWith: found.roles }, mark);
      if (outcome.kind !== 'other-roles' || attempt === MAX_ATTEMPTS) return settled(outcome);
      found = await this.reachable(user.id, actor);
    }
  }

  private async changeRights(user: User, change: RightsChange, actor: Actor): Promise<ChangedUser> {
    if (Object.keys(change).length === 0) return { user, revocationId: null };
    const mark = this.spread.mark(typeof change.disabledAtMs === 'number' ? 'admin' : 'role_changed');
    const outcome = await this.changeReachable(user, change, mark, actor);
    if (outcome.kind === 'unchanged') return { user: outcome.user, revocationId: null };
    const { before, after, rows } = outcome;
    if (before.roles.join() !== after.roles.join()) {
      this.tell(actor, { kind: 'roles.changed', userId: user.id, details: { roles: after.roles.join(' ') } });
    }
    if ((before.disabledAtMs === null) !== (after.disabledAtMs === null)) {
      this.tell(actor, { kind: after.disabledAtMs === null ? 'user.enabled' : 'user.disabled', userId: user.id });
    }
    await this.spread.run(rows);
    return { user: after, revocationId: mark.revocationId };
  }

  private async demandReset(userId: number, actor: Actor): Promise<ChangedUser> {
    const user = await this.users.change(userId, { mustResetPassword: true });
    if (!user) throw new UserNotFound();
    this.tell(actor, { kind: 'user.reset_demanded', userId });
    const { ipAddress, requestId } = actor;
    const by = { actorId: actor.userId, ipAddress, requestId };
    const { revocationId } = await this.endSessions.run({ userId, reason: 'admin', ...by });
    return { user, revocationId };
  }

  private tell({ userId: actorId, ipAddress, requestId }: Actor, event: AuditEvent): void {
    this.audit.record({ ...event, actorId, ipAddress, requestId });
  }
}

/** What was in the way, as an exception. */
function settled(outcome: UserOutcome): SettledChange {
  switch (outcome.kind) {
    case 'other-roles':
      throw new DatabaseUnavailable('the roles of a user change faster than they can be read');
    case 'unknown-user':
      throw new UserNotFound();
    case 'unknown-role':
      throw new UnknownRole();
    case 'last-admin':
      throw new LastAdmin();
    default:
      return outcome;
  }
}
