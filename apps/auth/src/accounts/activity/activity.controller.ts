import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Current, type Principal } from '@gatehouse/session-validator/nest';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAccessFailures } from '../../access/api-access-failures.decorator.js';
import { AuditTrail } from '../../audit/audit-trail.port.js';
import { ActivityDto, ActivityQuery, DEFAULT_PAGE, toActivityDto } from './activity.dto.js';

@ApiTags('Account')
@ApiBearerAuth()
@ApiAccessFailures()
@Controller('api/v1/auth')
export class ActivityController {
  constructor(@Inject(AuditTrail) private readonly trail: AuditTrail) {}

  @Get('activity')
  @ApiOperation({
    summary: 'What has happened to your account',
    description: 'What happened a moment ago may still be missing.',
  })
  @ApiData(ActivityDto)
  @ApiFailures('VALIDATION_ERROR', 'SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async get(@Current() { userId }: Principal, @Query() { limit, cursor }: ActivityQuery): Promise<ActivityDto> {
    const { entries, nextCursor } = await this.trail.page({
      userId,
      limit: limit === undefined ? DEFAULT_PAGE : Number(limit),
      ...(cursor === undefined ? {} : { cursor }),
    });
    return { events: entries.map(toActivityDto), next_cursor: nextCursor ?? null };
  }
}
