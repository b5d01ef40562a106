import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Body, Controller, Delete, Get, Inject, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiParam } from '@nestjs/swagger';
import { type Actor, Administrator } from '../../access/actor.decorator.js';
import { AdminOnly, AdminWrites } from '../../access/admin.decorator.js';
import { Idempotent } from '../../idempotency/idempotent.decorator.js';
import { HashesPassword } from '../../passwords/http/hashes-password.decorator.js';
import { limitOf } from '../page-query.dto.js';
import { USER_ID_PARAM, userIdOf } from '../user-id.js';
import { ChangeUser } from './change-user.js';
import { CreateUser } from './create-user.js';
import { FindUsers } from './find-users.js';
import { UnlockUser } from './unlock-user.js';
import {
  ChangedUserDto,
  ChangeUserRequest,
  CreateUserRequest,
  OneUserDto,
  RemovedUserDto,
  toAdministeredUserDto,
  UserListDto,
  UserListQuery,
} from './users.dto.js';

@AdminOnly('admin:users')
@Controller('api/v1/admin/users')
export class UsersController {
  constructor(
    @Inject(FindUsers) private readonly findUsers: FindUsers,
    @Inject(CreateUser) private readonly createUser: CreateUser,
    @Inject(ChangeUser) private readonly changeUser: ChangeUser,
    @Inject(UnlockUser) private readonly unlockUser: UnlockUser,
  ) {}

  @Get()
  @ApiOperation({ summary: 'People, page by page' })
  @ApiData(UserListDto)
  @ApiFailures('VALIDATION_ERROR', 'DEGRADED_UNAVAILABLE')
  async list(@Query() query: UserListQuery, @Administrator() actor: Actor): Promise<UserListDto> {
    const { users, nextAfterId } = await this.findUsers.run({
      afterId: Number(query.cursor ?? 0),
      limit: limitOf(query),
      email: query.email,
      actor,
    });
    return {
      users: users.map(toAdministeredUserDto),
      next_cursor: nextAfterId === undefined ? null : String(nextAfterId),
    };
  }

  @Post()
  @HashesPassword()
  @AdminWrites()
  @ApiOperation({ summary: 'Makes an account for somebody' })
  @ApiData(OneUserDto, { status: 201, description: 'The account stands' })
  @ApiFailures(
    'VALIDATION_ERROR',
    'WEAK_PASSWORD',
    'BREACHED_PASSWORD',
    'UNKNOWN_ROLE',
    'BEYOND_OWN_RIGHTS',
    'EMAIL_TAKEN',
    'OVERLOADED',
    'DEGRADED_UNAVAILABLE',
  )
  async create(@Body() body: CreateUserRequest, @Administrator() actor: Actor): Promise<OneUserDto> {
    return { user: toAdministeredUserDto(await this.createUser.run({ ...body, actor })) };
  }

  @Get(':id')
  @ApiParam(USER_ID_PARAM)
  @ApiOperation({ summary: 'One person' })
  @ApiData(OneUserDto)
  @ApiFailures('USER_NOT_FOUND', 'DEGRADED_UNAVAILABLE')
  async one(@Param('id') id: string, @Administrator() actor: Actor): Promise<OneUserDto> {
    return { user: toAdministeredUserDto(await this.findUsers.one(userIdOf(id), actor)) };
  }

  @Patch(':id')
  @AdminWrites()
  @ApiParam(USER_ID_PARAM)
  @ApiOperation({
    summary: 'Changes what a person may do',
    description:
      'Other roles are in force at once: old tokens are refused with `TOKEN_STALE`, and one refresh brings the new rights. ' +
      'The last administrator stays one.',
  })
  @ApiData(ChangedUserDto)
  @ApiFailures(
    'VALIDATION_ERROR',
    'UNKNOWN_ROLE',
    'BEYOND_OWN_RIGHTS',
    'USER_NOT_FOUND',
    'LAST_ADMIN',
    'DEGRADED_UNAVAILABLE',
  )
  async change(
    @Param('id') id: string,
    @Body() body: ChangeUserRequest,
    @Administrator() actor: Actor,
  ): Promise<ChangedUserDto> {
    const { user, revocationId } = await this.changeUser.run({
      userId: userIdOf(id),
      actor,
      roles: body.roles,
      disabled: body.disabled,
      demandPasswordReset: body.demand_password_reset,
    });
    if (body.unlock === true) await this.unlockUser.run(user.id, actor);
    return { user: toAdministeredUserDto(user), revocation_id: revocationId };
  }

  @Delete(':id')
  @AdminWrites()
  @Idempotent()
  @ApiParam(USER_ID_PARAM)
  @ApiOperation({
    summary: 'Erases an account, at once and for good',
    description: 'Its sessions and tokens end everywhere.',
  })
  @ApiData(RemovedUserDto)
  @ApiFailures('VALIDATION_ERROR', 'BEYOND_OWN_RIGHTS', 'USER_NOT_FOUND', 'LAST_ADMIN', 'DEGRADED_UNAVAILABLE')
  async remove(@Param('id') id: string, @Administrator() actor: Actor): Promise<RemovedUserDto> {
    return { removed: true, revocation_id: await this.changeUser.remove(userIdOf(id), actor) };
  }
}
