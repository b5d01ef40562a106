import { SESSION_ID_PATTERN } from '@gatehouse/contracts';
import { SessionStoreUnavailable } from '@gatehouse/failures';
import { Clock } from '@gatehouse/kernel';
import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import type { Session } from '@gatehouse/session-store';
import { Current, type Principal } from '@gatehouse/session-validator/nest';
import { Controller, Delete, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { Caller, type CallerFacts } from '../access/caller.decorator.js';
import { OpenToActors } from '../access/admin.guard.js';
import { ApiAccessFailures } from '../access/api-access-failures.decorator.js';
import { CurrentSession, NamedSessionId } from '../access/presence.guard.js';
import { Idempotent } from '../idempotency/idempotent.decorator.js';
import { ListSessions } from './list-sessions.js';
import { toSessionDto } from './session.dto.js';
import {
  CurrentSessionDto,
  SessionListDto,
  TerminatedDto,
  TerminatedOthersDto,
  TerminateOthersQuery,
} from './sessions.dto.js';
import { InvalidSessionId } from './sessions.errors.js';
import { TerminateOthers } from './terminate-others.js';
import { TerminateSession } from './terminate-session.js';

@ApiTags('Sessions')
@ApiBearerAuth()
@ApiAccessFailures()
@Controller('api/v1/sessions')
export class SessionsController {
  constructor(
    @Inject(ListSessions) private readonly listSessions: ListSessions,
    @Inject(TerminateSession) private readonly terminate: TerminateSession,
    @Inject(TerminateOthers) private readonly terminateOthers: TerminateOthers,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get()
  @OpenToActors()
  @ApiOperation({ summary: 'Where you are signed in' })
  @ApiData(SessionListDto)
  @ApiFailures('SESSION_ERROR', 'FEED_STALE')
  async list(@Current() { userId, sessionId }: Principal): Promise<SessionListDto> {
    const live = await this.listSessions.run(userId);
    const nowMs = this.clock.nowMs();
    return { sessions: live.map((session) => toSessionDto(session, sessionId, nowMs)), count: live.length };
  }

  @Get('current')
  @OpenToActors()
  @ApiOperation({ summary: 'The session of this token' })
  @ApiData(CurrentSessionDto)
  @ApiFailures('SESSION_ERROR', 'FEED_STALE')
  current(@CurrentSession() session: Session | undefined): CurrentSessionDto {
    if (!session) throw new SessionStoreUnavailable('the session cannot be shown while its store is away');
    return { session: toSessionDto(session, session.id, this.clock.nowMs()) };
  }

  @Delete()
  @Idempotent()
  @ApiOperation({
    summary: 'Signs you out everywhere else',
    description: 'Keeps the session of the token, or the one of your own that `X-Session-ID` names.',
  })
  @ApiData(TerminatedOthersDto, { description: 'They have ended' })
  @ApiFailures(
    'VALIDATION_ERROR',
    'REQUEST_IN_PROGRESS',
    'IDEMPOTENCY_KEY_REUSED',
    'SESSION_ERROR',
    'FEED_STALE',
    'DEGRADED_UNAVAILABLE',
  )
  async deleteOthers(
    @Current() { userId, sessionId }: Principal,
    @NamedSessionId() named: string | undefined,
    @Query() query: TerminateOthersQuery,
    @Caller() caller: CallerFacts,
  ): Promise<TerminatedOthersDto> {
    const keepSessionId = query.include_current === 'true' ? undefined : (named ?? sessionId);
    const { count, revocationId } = await this.terminateOthers.run({ userId, keepSessionId, ...caller });
    return { terminated_count: count, kept_session_id: keepSessionId ?? null, revocation_id: revocationId };
  }

  @Delete(':sessionId')
  @Idempotent()
  @ApiParam({ name: 'sessionId', schema: { type: 'string', pattern: '^[0-9a-f]{64}$' } })
  @ApiOperation({ summary: 'Ends one of your sessions' })
  @ApiData(TerminatedDto, { description: 'It has ended' })
  @ApiFailures(
    'INVALID_SESSION_ID',
    'SESSION_NOT_FOUND',
    'REQUEST_IN_PROGRESS',
    'IDEMPOTENCY_KEY_REUSED',
    'SESSION_ERROR',
    'FEED_STALE',
    'DEGRADED_UNAVAILABLE',
  )
  async delete(
    @Current() { userId }: Principal,
    @Param('sessionId') sessionId: string,
    @Caller() caller: CallerFacts,
  ): Promise<TerminatedDto> {
    if (!SESSION_ID_PATTERN.test(sessionId)) throw new InvalidSessionId();
    const { revocationId } = await this.terminate.run({ userId, sessionId, ...caller });
    return { terminated: true, session_id: sessionId, revocation_id: revocationId };
  }
}
