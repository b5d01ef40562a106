import { SESSION_ID_PATTERN } from '@gatehouse/contracts';
import { Clock } from '@gatehouse/kernel';
import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Current, type Principal } from '@gatehouse/session-validator/nest';
import { Body, Controller, Delete, Get, Inject, Param, Patch, type PipeTransform } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { OpenToActors } from '../access/admin.guard.js';
import { ApiAccessFailures } from '../access/api-access-failures.decorator.js';
import { Caller, type CallerFacts } from '../access/caller.decorator.js';
import { Idempotent } from '../idempotency/idempotent.decorator.js';
import { ChangeSession } from './change-session.js';
import { ChangeSessionRequest, SessionActivityDto, toSessionActivityDto } from './one-session.dto.js';
import { toSessionDto } from './session.dto.js';
import { OneSessionDto, TerminatedDto } from './sessions.dto.js';
import { InvalidSessionId } from './sessions.errors.js';
import { ShowSession } from './show-session.js';
import { TerminateSession } from './terminate-session.js';

const SESSION_ID = { name: 'sessionId', schema: { type: 'string', pattern: SESSION_ID_PATTERN.source } } as const;

const aSessionId: PipeTransform<string, string> = {
  transform: (text) => {
    if (!SESSION_ID_PATTERN.test(text)) throw new InvalidSessionId();
    return text;
  },
};

/** One of the caller's own sessions. Somebody else's is answered as one that does not exist. */
@ApiTags('Sessions')
@ApiBearerAuth()
@ApiAccessFailures()
@Controller('api/v1/sessions')
export class OneSessionController {
  constructor(
    @Inject(ShowSession) private readonly show: ShowSession,
    @Inject(ChangeSession) private readonly change: ChangeSession,
    @Inject(TerminateSession) private readonly terminate: TerminateSession,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get(':sessionId')
  @OpenToActors()
  @ApiParam(SESSION_ID)
  @ApiOperation({ summary: 'One of your sessions' })
  @ApiData(OneSessionDto)
  @ApiFailures('INVALID_SESSION_ID', 'SESSION_NOT_FOUND', 'SESSION_ERROR', 'FEED_STALE')
  async get(
    @Current() { userId, sessionId: current }: Principal,
    @Param('sessionId', aSessionId) sessionId: string,
  ): Promise<OneSessionDto> {
    const session = await this.show.run(userId, sessionId);
    return { session: toSessionDto(session, current, this.clock.nowMs()) };
  }

  @Get(':sessionId/activity')
  @OpenToActors()
  @ApiParam(SESSION_ID)
  @ApiOperation({ summary: 'How much, when and from where one of your sessions was used' })
  @ApiData(SessionActivityDto)
  @ApiFailures('INVALID_SESSION_ID', 'SESSION_NOT_FOUND', 'SESSION_ERROR', 'FEED_STALE')
  async activity(
    @Current() { userId }: Principal,
    @Param('sessionId', aSessionId) sessionId: string,
  ): Promise<SessionActivityDto> {
    return toSessionActivityDto(await this.show.run(userId, sessionId), this.clock.nowMs());
  }

  @Patch(':sessionId')
  @ApiParam(SESSION_ID)
  @ApiOperation({
    summary: 'Names the device of one of your sessions, or moves its end',
    description: 'An access token that is already out lives to its own end; to end a session now, delete it.',
  })
  @ApiData(OneSessionDto)
  @ApiFailures(
    'VALIDATION_ERROR',
    'INVALID_SESSION_ID',
    'EXPIRY_OUT_OF_RANGE',
    'SESSION_NOT_FOUND',
    'SESSION_ERROR',
    'FEED_STALE',
    'DEGRADED_UNAVAILABLE',
  )
  async patch(
    @Current() { userId, sessionId: current }: Principal,
    @Param('sessionId', aSessionId) sessionId: string,
    @Body() body: ChangeSessionRequest,
    @Caller() caller: CallerFacts,
  ): Promise<OneSessionDto> {
    const { device_name: deviceName, expires_at: expiresAt } = body;
    const expiresAtMs = expiresAt === undefined ? undefined : Date.parse(expiresAt);
    const session = await this.change.run({ userId, sessionId, deviceName, expiresAtMs, ...caller });
    return { session: toSessionDto(session, current, this.clock.nowMs()) };
  }

  @Delete(':sessionId')
  @Idempotent()
  @ApiParam(SESSION_ID)
  @ApiOperation({ summary: 'Ends one of your sessions' })
  @ApiData(TerminatedDto, { description: 'It has ended' })
  @ApiFailures('INVALID_SESSION_ID', 'SESSION_NOT_FOUND', 'SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async delete(
    @Current() { userId }: Principal,
    @Param('sessionId', aSessionId) sessionId: string,
    @Caller() caller: CallerFacts,
  ): Promise<TerminatedDto> {
    const { revocationId } = await this.terminate.run({ userId, sessionId, ...caller });
    return { terminated: true, session_id: sessionId, revocation_id: revocationId };
  }
}
