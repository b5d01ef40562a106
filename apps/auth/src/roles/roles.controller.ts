import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Body, Controller, Delete, Get, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiOperation, ApiParam } from '@nestjs/swagger';
import { type Actor, Administrator } from '../access/actor.decorator.js';
import { AdminOnly, AdminWrites } from '../access/admin.decorator.js';
import { Idempotent } from '../idempotency/idempotent.decorator.js';
import { ChangeRole } from './change-role.js';
import { ROLE_NAME_PATTERN } from './permissions.js';
import { RightsStore } from './rights-store.port.js';
import {
  ChangedRoleDto,
  NewRoleRequest,
  RemovedRoleDto,
  RoleListDto,
  RolePermissionsRequest,
  toRoleDto,
} from './roles.dto.js';
import { RoleNotFound } from './roles.errors.js';

const NAME = { name: 'name', schema: { type: 'string', pattern: ROLE_NAME_PATTERN.source } } as const;

@AdminOnly('admin:roles')
@Controller('api/v1/admin/roles')
export class RolesController {
  constructor(
    @Inject(RightsStore) private readonly store: RightsStore,
    @Inject(ChangeRole) private readonly changeRole: ChangeRole,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Roles, and what each allows' })
  @ApiData(RoleListDto)
  @ApiFailures('DEGRADED_UNAVAILABLE')
  async list(): Promise<RoleListDto> {
    return { roles: (await this.store.roles()).map(toRoleDto) };
  }

  @Post()
  @AdminWrites()
  @ApiOperation({ summary: 'Defines a role' })
  @ApiData(ChangedRoleDto, { status: 201, description: 'Defined' })
  @ApiFailures('VALIDATION_ERROR', 'ROLE_EXISTS', 'BEYOND_OWN_RIGHTS', 'DEGRADED_UNAVAILABLE')
  async create(@Body() body: NewRoleRequest, @Administrator() actor: Actor): Promise<ChangedRoleDto> {
    const role = await this.changeRole.create({ ...body, actor });
    return { role: toRoleDto(role), revocation_id: null };
  }

  @Put(':name')
  @AdminWrites()
  @ApiParam(NAME)
  @ApiOperation({
    summary: 'Gives a role other permissions',
    description:
      'At once: everybody who holds it is asked for another token (`TOKEN_STALE`), and one refresh brings the new rights. ' +
      'The permissions of administration stay with `admin`, whatever is said here.',
  })
  @ApiData(ChangedRoleDto)
  @ApiFailures('VALIDATION_ERROR', 'ROLE_NOT_FOUND', 'ROLE_TOO_WIDE', 'BEYOND_OWN_RIGHTS', 'DEGRADED_UNAVAILABLE')
  async change(
    @Param('name') name: string,
    @Body() { permissions }: RolePermissionsRequest,
    @Administrator() actor: Actor,
  ): Promise<ChangedRoleDto> {
    const { role, revocationId } = await this.changeRole.run({ name: nameOf(name), permissions, actor });
    return { role: toRoleDto(role), revocation_id: revocationId };
  }

  @Delete(':name')
  @AdminWrites()
  @Idempotent()
  @ApiParam(NAME)
  @ApiOperation({ summary: 'Removes a role nobody holds' })
  @ApiData(RemovedRoleDto)
  @ApiFailures('VALIDATION_ERROR', 'ROLE_NOT_FOUND', 'ROLE_IN_USE', 'BEYOND_OWN_RIGHTS', 'DEGRADED_UNAVAILABLE')
  async remove(@Param('name') name: string, @Administrator() actor: Actor): Promise<RemovedRoleDto> {
    await this.changeRole.remove({ name: nameOf(name), actor });
    return { removed: true };
  }
}

/** A name no role can have is not put to the database. */
function nameOf(name: string): string {
  if (!ROLE_NAME_PATTERN.test(name)) throw new RoleNotFound();
  return name;
}
