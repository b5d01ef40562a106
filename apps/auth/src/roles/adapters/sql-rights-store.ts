import type { RevocationReason } from '@gatehouse/contracts';
import type { Clock } from '@gatehouse/kernel';
import type { OutboxRow } from '@gatehouse/revocation-log';
import { insertRevocations } from '@gatehouse/revocation-log/sql';
import { isDuplicateKey, orUnavailable, transaction } from '@gatehouse/sql';
import { type DataSource, type EntityManager, In } from 'typeorm';
import { toUser } from '../../users/adapters/sql-user-repository.js';
import type { UserRow } from '../../users/adapters/user.entity.js';
import { ADMIN_ROLE, type Role } from '../permissions.js';
import {
  type ChangeMark,
  type ErasureOutcome,
  MAX_ROLE_HOLDERS,
  type RightsChange,
  RightsStore,
  type RoleOutcome,
  type UserOutcome,
} from '../rights-store.port.js';
import type { RoleRow } from './role.entity.js';

type MarkWithReason = ChangeMark & { readonly reason: RevocationReason };

/** Beyond every generation: what is left of somebody who is gone. */
const NO_GENERATION = Number.MAX_SAFE_INTEGER;

/** Rights in MySQL or SQLite. Every change holds the row of the role `admin`, so that they happen one after the other. */
export class SqlRightsStore extends RightsStore {
  constructor(
    private readonly dataSource: DataSource,
    private readonly clock: Clock,
  ) {
    super();
  }

  override async roles(): Promise<Role[]> {
    const rows = await orUnavailable(() => rolesOf(this.dataSource.manager).find({ order: { name: 'ASC' } }));
    return rows.map(toRole);
  }

  override async createRole(name: string, permissions: readonly string[]): Promise<Role | undefined> {
    const row = { name, permissions: JSON.stringify(permissions), builtIn: 0, updatedAtMs: this.clock.nowMs() };
    try {
      await orUnavailable(() => rolesOf(this.dataSource.manager).insert(row));
      return toRole(row);
    } catch (error) {
      if (isDuplicateKey(error)) return undefined;
      throw error;
    }
  }

  override async changePermissions(
    name: string,
    permissions: readonly string[],
    mark: ChangeMark,
  ): Promise<RoleOutcome> {
    return this.alone<RoleOutcome>(async (manager) => {
      const row = await rolesOf(manager).findOneBy({ name });
      if (!row) return { kind: 'unknown-role' };
      const text = JSON.stringify(permissions);
      if (row.permissions === text) return { kind: 'unchanged', role: toRole(row) };
      const holders = await this.holders(manager, name, MAX_ROLE_HOLDERS + 1);
      if (holders.length > MAX_ROLE_HOLDERS) return { kind: 'too-many-holders' };
      const updatedAtMs = this.clock.nowMs();
      await rolesOf(manager).update({ name }, { permissions: text, updatedAtMs });
      const ids = holders.map(({ id }) => id);
      await usersOf(manager).update({ id: In(ids) }, { tokenGeneration: () => 'token_generation + 1' });
      const rows = holders.map(({ id, tokenGeneration }) =>
        entryFor(id, tokenGeneration + 1, { ...mark, reason: 'role_changed' }),
      );
      await insertRevocations(manager, rows);
      return { kind: 'changed', role: toRole({ ...row, permissions: text, updatedAtMs }), rows };
    });
  }

  override async removeRole(name: string): Promise<'removed' | 'unknown-role' | 'held' | 'built-in'> {
    return this.alone(async (manager) => {
      const row = await rolesOf(manager).findOneBy({ name });
      if (!row) return 'unknown-role';
      if (row.builtIn === 1) return 'built-in';
      if ((await this.holders(manager, name, 1)).length > 0) return 'held';
      await rolesOf(manager).delete({ name });
      return 'removed';
    });
  }

  override async changeUser(id: number, change: RightsChange, mark: MarkWithReason): Promise<UserOutcome> {
    return this.alone<UserOutcome>(async (manager) => {
      const row = await this.lockUser(manager, id);
      if (!row) return { kind: 'unknown-user' };
      const before = toUser(row);
      const { roles: wanted = before.roles, disabledAtMs = before.disabledAtMs, foundWith = before.roles } = change;
      if (sorted(foundWith) !== sorted(before.roles)) return { kind: 'other-roles' };
      const roles = typeof wanted === 'function' ? wanted(before.roles) : wanted;
      const sameRoles = sorted(roles) === sorted(before.roles);
      if (sameRoles && (disabledAtMs === null) === (before.disabledAtMs === null)) {
        return { kind: 'unchanged', user: before };
      }
      const defined = new Set((await rolesOf(manager).find()).map(({ name }) => name));
      // One that somebody has already may stay, defined or not: taking another one from them must be possible.
      if (roles.some((role) => !defined.has(role) && !before.roles.includes(role))) return { kind: 'unknown-role' };
      const after = { ...before, roles, disabledAtMs, tokenGeneration: before.tokenGeneration + 1 };
      if (administers(before) && !administers(after) && !(await this.hasOtherAdmin(manager, id))) {
        return { kind: 'last-admin' };
      }
      await usersOf(manager).update(
        { id },
        { roles: JSON.stringify(roles), disabledAtMs, tokenGeneration: after.tokenGeneration },
      );
      const rows = [entryFor(id, after.tokenGeneration, mark)];
      await insertRevocations(manager, rows);
      return { kind: 'changed', before, after, rows };
    });
  }

  override async scheduleErasure(id: number, eraseAtMs: number): Promise<ErasureOutcome> {
    return this.alone<ErasureOutcome>(async (manager) => {
      const row = await this.lockUser(manager, id);
      if (!row) return { kind: 'unknown-user' };
      if (administers(toUser(row)) && !(await this.hasOtherAdmin(manager, id))) return { kind: 'last-admin' };
      if (row.eraseAtMs !== null) return { kind: 'set', eraseAtMs: row.eraseAtMs };
      await usersOf(manager).update({ id }, { eraseAtMs });
      return { kind: 'set', eraseAtMs };
    });
  }

  override async removeUser(id: number, mark: ChangeMark): Promise<UserOutcome> {
    return this.alone<UserOutcome>(async (manager) => {
      const row = await this.lockUser(manager, id);
      if (!row) return { kind: 'unknown-user' };
      const before = toUser(row);
      if (administers(before) && !(await this.hasOtherAdmin(manager, id))) return { kind: 'last-admin' };
      await usersOf(manager).delete({ id });
      const rows = [entryFor(id, NO_GENERATION, { ...mark, reason: 'account_deleted' })];
      await insertRevocations(manager, rows);
      return { kind: 'changed', before, after: before, rows };
    });
  }

  /** Two who each take the other's role must not both find that one administrator is left. */
  private alone<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    return transaction(this.dataSource, async (manager) => {
      const query = rolesOf(manager).createQueryBuilder('r').where({ name: ADMIN_ROLE });
      if (this.isMysql) query.setLock('pessimistic_write');
      await query.getOne();
      return work(manager);
    });
  }

  private lockUser(manager: EntityManager, id: number): Promise<UserRow | null> {
    const query = usersOf(manager).createQueryBuilder('u').where({ id });
    if (this.isMysql) query.setLock('pessimistic_write');
    return query.getOne();
  }

  private async hasOtherAdmin(manager: EntityManager, id: number): Promise<boolean> {
    const staying = 'AND u.disabled_at_ms IS NULL AND u.erase_at_ms IS NULL AND u.id <> :id';
    const admins = await this.holders(manager, ADMIN_ROLE, 1, staying, { id });
    return admins.length > 0;
  }

  /** `INSTR` and not `LIKE`, to which an underscore is any character. Locked, so that what is counted stays as it is. */
  private holders(
    manager: EntityManager,
    role: string,
    limit: number,
    further = '',
    parameters: Record<string, unknown> = {},
  ): Promise<UserRow[]> {
    const query = usersOf(manager)
      .createQueryBuilder('u')
      .where(`INSTR(u.roles, :quoted) > 0 ${further}`, { quoted: JSON.stringify(role), ...parameters })
      .orderBy('u.id')
      .limit(limit);
    if (this.isMysql) query.setLock('pessimistic_write');
    return query.getMany();
  }

  private get isMysql(): boolean {
    return this.dataSource.options.type === 'mysql';
  }
}

const rolesOf = (manager: EntityManager) => manager.getRepository<RoleRow>('Role');
const usersOf = (manager: EntityManager) => manager.getRepository<UserRow>('User');

const sorted = (roles: readonly string[]) => JSON.stringify([...roles].sort());

const administers = ({ roles, disabledAtMs }: { roles: readonly string[]; disabledAtMs: number | null }) =>
  roles.includes(ADMIN_ROLE) && disabledAtMs === null;

function entryFor(userId: number, cutoff: number, { revocationId, untilMs, reason }: MarkWithReason): OutboxRow {
  return { entry: { id: revocationId, scope: 'sub', value: String(userId), cutoff, untilMs, reason }, userId };
}

function toRole({ name, permissions, builtIn, updatedAtMs }: RoleRow): Role {
  return { name, permissions: JSON.parse(permissions) as string[], isBuiltIn: builtIn === 1, updatedAtMs };
}
