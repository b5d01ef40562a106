import type { AuditLog } from '../audit/audit-log.port.js';
import type { Actor } from '../access/actor.decorator.js';
import { assertOwnRightsCover } from './own-rights.js';
import type { Role } from './permissions.js';
import type { RightsStore } from './rights-store.port.js';
import { RoleExists, RoleInUse, RoleNotFound, RoleTooWide } from './roles.errors.js';
import type { SpreadRights } from './spread-rights.js';

export interface RoleCommand {
  readonly name: string;
  readonly permissions: readonly string[];
  readonly actor: Actor;
}

export interface ChangedRole {
  readonly role: Role;
  /** `null` when nobody's tokens were concerned. */
  readonly revocationId: string | null;
}

/** Defines roles, and gives them other permissions: whoever holds one has the new ones at once, everywhere. */
export class ChangeRole {
  constructor(
    private readonly rights: RightsStore,
    private readonly spread: SpreadRights,
    private readonly audit: AuditLog,
  ) {}

  /**
   * @throws {BeyondOwnRights}
   * @throws {RoleExists}
   */
  async create({ name, permissions, actor }: RoleCommand): Promise<Role> {
    assertOwnRightsCover(actor.rights, permissions);
    const role = await this.rights.createRole(name, tidy(permissions));
    if (!role) throw new RoleExists();
    this.tell(actor, name, 'created');
    return role;
  }

  /**
   * @throws {BeyondOwnRights} for a permission that is given and for one that is taken away.
   * @throws {RoleNotFound} {RoleTooWide}
   */
  async run({ name, permissions, actor }: RoleCommand): Promise<ChangedRole> {
    const before = (await this.rights.roles()).find((role) => role.name === name);
    if (!before) throw new RoleNotFound();
    const wanted = tidy(permissions);
    const differing = [...wanted, ...before.permissions].filter(
      (permission) => !wanted.includes(permission) || !before.permissions.includes(permission),
    );
    assertOwnRightsCover(actor.rights, differing);
    const mark = this.spread.mark('role_changed');
    const outcome = await this.rights.changePermissions(name, wanted, mark);
    if (outcome.kind === 'unknown-role') throw new RoleNotFound();
    if (outcome.kind === 'too-many-holders') throw new RoleTooWide();
    if (outcome.kind === 'unchanged') return { role: outcome.role, revocationId: null };
    this.tell(actor, name, 'permissions');
    await this.spread.run(outcome.rows);
    return { role: outcome.role, revocationId: outcome.rows.length > 0 ? mark.revocationId : null };
  }

  /**
   * @throws {BeyondOwnRights} {RoleNotFound} {RoleInUse}
   */
  async remove({ name, actor }: Pick<RoleCommand, 'name' | 'actor'>): Promise<void> {
    const role = (await this.rights.roles()).find((candidate) => candidate.name === name);
    if (!role) throw new RoleNotFound();
    assertOwnRightsCover(actor.rights, role.permissions);
    const outcome = await this.rights.removeRole(name);
    if (outcome === 'unknown-role') throw new RoleNotFound();
    if (outcome !== 'removed') throw new RoleInUse();
    this.tell(actor, name, 'removed');
  }

  private tell({ userId: actorId, ipAddress, requestId }: Actor, role: string, change: string): void {
    this.audit.record({ kind: 'roles.changed', actorId, ipAddress, requestId, details: { role, change } });
  }
}

const tidy = (permissions: readonly string[]) => [...new Set(permissions)].sort();
