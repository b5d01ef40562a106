import { asActivityBatch } from '@gatehouse/contracts';
import { ApiData, ApiFailures, ValidationFailed } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Body, Controller, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { StreamTokenGuard } from '../receipts/stream-token.guard.js';
import { ActivityRequest, ActivityTakenDto } from './activity.dto.js';
import { ActivityInbox } from './activity-inbox.port.js';

@ApiTags('Revocations')
@Controller('api/v1/sessions')
export class ReportedActivityController {
  constructor(@Inject(ActivityInbox) private readonly inbox: ActivityInbox) {}

  // Public to the guards: services report, with the token they read the revocation stream with, which names nobody.
  @Public()
  @UseGuards(StreamTokenGuard)
  @Post('activity')
  @HttpCode(200)
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'Takes in the requests of sessions that a validator has counted',
    description:
      'Sent every five seconds by validators that read the feed as server-sent events. Asks for `REVOCATION_STREAM_TOKEN`, not ' +
      'for an access token. Has a limit of its own.',
  })
  @ApiData(ActivityTakenDto, { description: 'It is taken in' })
  @ApiFailures('VALIDATION_ERROR', 'TOKEN_MISSING', 'TOKEN_INVALID', 'FORBIDDEN', 'RATE_LIMITED', 'SESSION_ERROR')
  async report(@Body() body: ActivityRequest): Promise<ActivityTakenDto> {
    const batch = asActivityBatch(body);
    if (!batch) throw new ValidationFailed([{ field: 'sessions', rule: 'soundActivity' }]);
    await this.inbox.post(batch);
    return { taken: true };
  }
}
