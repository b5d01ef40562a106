import { SESSION_ID_PATTERN } from '@gatehouse/contracts';
import { Clock } from '@gatehouse/kernel';
import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Controller, Delete, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOperation, ApiParam } from '@nestjs/swagger';
import { type Actor, Administrator } from '../../access/actor.decorator.js';
import { AdminOnly, AdminWrites } from '../../access/admin.decorator.js';
import { Idempotent } from '../../idempotency/idempotent.decorator.js';
import { toSessionDto } from '../../sessions/session.dto.js';
import { TerminatedDto } from '../../sessions/sessions.dto.js';
import { InvalidSessionId } from '../../sessions/sessions.errors.js';
import { limitOf } from '../page-query.dto.js';
import { USER_ID_PARAM, userIdOf } from '../user-id.js';
import { AdministerSessions, MAX_PEOPLE_LOOKED_AT } from './administer-sessions.js';
import { AllSessionsDto, AllSessionsQuery, EndedSessionsDto, UserSessionsDto } from './sessions.dto.js';

@AdminOnly('admin:sessions')
@Controller('api/v1/admin')
export class AdminSessionsController {
  constructor(
    @Inject(AdministerSessions) private readonly administer: AdministerSessions,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get('sessions')
  @ApiOperation({
    summary: 'Live sessions of everybody, person by person',
    description: `Looks at up to ${MAX_PEOPLE_LOOKED_AT} people a page, so a page may be short or empty and still have a next one.`,
  })
  @ApiData(AllSessionsDto)
  @ApiFailures('VALIDATION_ERROR', 'SESSION_ERROR', 'DEGRADED_UNAVAILABLE')
  async all(@Query() query: AllSessionsQuery, @Administrator() actor: Actor): Promise<AllSessionsDto> {
    const { sessions, nextAfterUserId } = await this.administer.list({
      afterUserId: Number(query.cursor ?? 0),
      limit: limitOf(query),
      ipAddress: query.ip_address,
      deviceId: query.device_id,
      clientId: query.client_id,
      openedBeforeMs: query.opened_before === undefined ? undefined : Date.parse(query.opened_before),
      actor,
    });
    return {
      sessions: sessions.map((session) => toSessionDto(session, actor.sessionId, this.clock.nowMs())),
      next_cursor: nextAfterUserId === undefined ? null : String(nextAfterUserId),
    };
  }

  @Get('users/:id/sessions')
  @ApiParam(USER_ID_PARAM)
  @ApiOperation({ summary: 'Live sessions of one person' })
  @ApiData(UserSessionsDto)
  @ApiFailures('USER_NOT_FOUND', 'SESSION_ERROR', 'DEGRADED_UNAVAILABLE')
  async ofUser(@Param('id') id: string, @Administrator() actor: Actor): Promise<UserSessionsDto> {
    const sessions = await this.administer.ofUser(userIdOf(id), actor);
    return {
      sessions: sessions.map((session) => toSessionDto(session, actor.sessionId, this.clock.nowMs())),
      count: sessions.length,
    };
  }

  @Delete('users/:id/sessions')
  @AdminWrites()
  @Idempotent()
  @ApiParam(USER_ID_PARAM)
  @ApiOperation({ summary: 'Signs a person out everywhere' })
  @ApiData(EndedSessionsDto)
  @ApiFailures('VALIDATION_ERROR', 'BEYOND_OWN_RIGHTS', 'USER_NOT_FOUND', 'DEGRADED_UNAVAILABLE')
  async endAll(@Param('id') id: string, @Administrator() actor: Actor): Promise<EndedSessionsDto> {
    const { ended, revocationId } = await this.administer.endAll(userIdOf(id), actor);
    return { terminated_count: ended, revocation_id: revocationId };
  }

  @Delete('users/:id/sessions/:sessionId')
  @AdminWrites()
  @Idempotent()
  @ApiParam(USER_ID_PARAM)
  @ApiParam({ name: 'sessionId', schema: { type: 'string', pattern: '^[0-9a-f]{64}$' } })
  @ApiOperation({ summary: 'Ends one session of a person' })
  @ApiData(TerminatedDto)
  @ApiFailures(
    'VALIDATION_ERROR',
    'INVALID_SESSION_ID',
    'BEYOND_OWN_RIGHTS',
    'USER_NOT_FOUND',
    'SESSION_NOT_FOUND',
    'SESSION_ERROR',
    'DEGRADED_UNAVAILABLE',
  )
  async end(
    @Param('id') id: string,
    @Param('sessionId') sessionId: string,
    @Administrator() actor: Actor,
  ): Promise<TerminatedDto> {
    if (!SESSION_ID_PATTERN.test(sessionId)) throw new InvalidSessionId();
    const revocationId = await this.administer.end(userIdOf(id), sessionId, actor);
    return { terminated: true, session_id: sessionId, revocation_id: revocationId };
  }
}
