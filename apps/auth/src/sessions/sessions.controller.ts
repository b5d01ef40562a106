import { SessionStoreUnavailable } from '@gatehouse/failures';
import { Clock } from '@gatehouse/kernel';
import { ApiData, ApiFailures, ValidationFailed } from '@gatehouse/nest-kit';
import type { Session } from '@gatehouse/session-store';
import { Current, type Principal } from '@gatehouse/session-validator/nest';
import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, type CallerFacts } from '../access/caller.decorator.js';
import { OpenToActors } from '../access/admin.guard.js';
import { ApiAccessFailures } from '../access/api-access-failures.decorator.js';
import { CurrentSession, NamedSessionId } from '../access/presence.guard.js';
import { Idempotent } from '../idempotency/idempotent.decorator.js';
import { cursorOf, placeOf } from './history-cursor.js';
import { ListPastSessions } from './list-past-sessions.js';
import { ListSessions } from './list-sessions.js';
import { RevokedSelectionDto, RevokeSelectedRequest, selectionOf } from './revoke-selected.dto.js';
import { RevokeSelected } from './revoke-selected.js';
import { toPastSessionDto, toSessionDto } from './session.dto.js';
import {
  limitOf,
  OneSessionDto,
  SessionListDto,
  SessionListQuery,
  TerminatedOthersDto,
  TerminateOthersQuery,
} from './sessions.dto.js';
import { TerminateOthers } from './terminate-others.js';

@ApiTags('Sessions')
@ApiBearerAuth()
@ApiAccessFailures()
@Controller('api/v1/sessions')
export class SessionsController {
  constructor(
    @Inject(ListSessions) private readonly listSessions: ListSessions,
    @Inject(ListPastSessions) private readonly listPast: ListPastSessions,
    @Inject(RevokeSelected) private readonly revokeSelected: RevokeSelected,
    @Inject(TerminateOthers) private readonly terminateOthers: TerminateOthers,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get()
  @OpenToActors()
  @ApiOperation({ summary: 'Where you are signed in, or were' })
  @ApiData(SessionListDto)
  @ApiFailures('VALIDATION_ERROR', 'SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async list(@Current() { userId, sessionId }: Principal, @Query() query: SessionListQuery): Promise<SessionListDto> {
    if (query.active === 'false') return this.past(userId, query);
    const live = await this.listSessions.run(userId);
    const nowMs = this.clock.nowMs();
    const sessions = live.map((session) => toSessionDto(session, sessionId, nowMs));
    return { sessions, count: sessions.length, next_cursor: null };
  }

  private async past(userId: number, query: SessionListQuery): Promise<SessionListDto> {
    const behind = query.cursor === undefined ? undefined : placeOf(query.cursor);
    const { past, next } = await this.listPast.run(userId, limitOf(query), behind);
    return { sessions: past.map(toPastSessionDto), count: past.length, next_cursor: next ? cursorOf(next) : null };
  }

  @Get('current')
  @OpenToActors()
  @ApiOperation({ summary: 'The session of this token' })
  @ApiData(OneSessionDto)
  @ApiFailures('SESSION_ERROR', 'FEED_STALE')
  current(@CurrentSession() session: Session | undefined): OneSessionDto {
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
  @ApiFailures('VALIDATION_ERROR', 'SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
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

  @Post('revoke')
  @HttpCode(200)
  @Idempotent()
  @ApiOperation({
    summary: 'Ends those of your sessions that fit a description',
    description:
      'A session must fit all that is given. The session of the token stays, or the one of your own that `X-Session-ID` names, unless `include_current` says otherwise.',
  })
  @ApiData(RevokedSelectionDto, { description: 'They have ended' })
  @ApiFailures('VALIDATION_ERROR', 'SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async revoke(
    @Current() { userId, sessionId }: Principal,
    @NamedSessionId() named: string | undefined,
    @Body() body: RevokeSelectedRequest,
    @Caller() caller: CallerFacts,
  ): Promise<RevokedSelectionDto> {
    const selection = selectionOf(body);
    if (!selection) throw new ValidationFailed([{ field: 'ids', rule: 'oneDescriptionAtLeast' }]);
    const keepSessionId = body.include_current ? undefined : (named ?? sessionId);
    const { sessionIds, revocationId } = await this.revokeSelected.run({ userId, keepSessionId, selection, ...caller });
    return { terminated_count: sessionIds.length, session_ids: [...sessionIds], revocation_id: revocationId };
  }
}
