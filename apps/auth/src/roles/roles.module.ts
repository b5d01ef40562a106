import { Clock } from '@gatehouse/kernel';
import { bind, provide } from '@gatehouse/nest-kit';
import { type DynamicModule, Module } from '@nestjs/common';
import { AuditLog } from '../audit/audit-log.port.js';
import { ACCESS_TOKEN_SECONDS, RELAY, WRITER } from '../revocations/revocations.module.js';
import { ChangeRole } from './change-role.js';
import { GrantRights } from './grant-rights.js';
import { RightsStore } from './rights-store.port.js';
import { RolePermissions } from './role-permissions.js';
import { RolesController } from './roles.controller.js';
import { SpreadRights } from './spread-rights.js';

export interface RoleParts {
  readonly store: RightsStore;
  readonly permissions: RolePermissions;
  readonly grant: GrantRights;
}

/** What roles allow. `RightsStore`, `RolePermissions`, `GrantRights` and `SpreadRights` for every room. */
@Module({})
export class RolesModule {
  static register({ store, permissions, grant }: RoleParts): DynamicModule {
    return {
      module: RolesModule,
      global: true,
      controllers: [RolesController],
      providers: [
        bind(RightsStore, store),
        bind(RolePermissions, permissions),
        bind(GrantRights, grant),
        provide(SpreadRights, [WRITER, RELAY, ACCESS_TOKEN_SECONDS, Clock]),
        provide(ChangeRole, [RightsStore, SpreadRights, AuditLog]),
      ],
      exports: [RightsStore, RolePermissions, GrantRights, SpreadRights],
    };
  }
}
