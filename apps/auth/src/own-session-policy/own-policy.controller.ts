import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Current, type Principal } from '@gatehouse/session-validator/nest';
import { Body, Controller, Get, Inject, Patch } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAccessFailures } from '../access/api-access-failures.decorator.js';
import { Caller, type CallerFacts } from '../access/caller.decorator.js';
import { AsksFreshSignIn } from '../accounts/asks-fresh-sign-in.decorator.js';
import { ChangeOwnPolicy } from './change-own-policy.js';
import {
  ChangedOwnPolicyDto,
  ChangeOwnPolicyRequest,
  chosenIn,
  OwnPolicyDto,
  toChangedDto,
  toOwnPolicyDto,
} from './own-policy.dto.js';
import { ShowOwnPolicy } from './show-own-policy.js';

@ApiTags('Account')
@ApiBearerAuth()
@Controller('api/v1/auth/me/session-policy')
export class OwnPolicyController {
  constructor(
    @Inject(ShowOwnPolicy) private readonly show: ShowOwnPolicy,
    @Inject(ChangeOwnPolicy) private readonly change: ChangeOwnPolicy,
  ) {}

  @Get()
  @ApiAccessFailures()
  @ApiOperation({
    summary: 'How long your sessions last, and how many you may have',
    description: 'What you chose, what you could choose, and what holds.',
  })
  @ApiData(OwnPolicyDto)
  @ApiFailures('SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async get(@Current() { userId }: Principal): Promise<OwnPolicyDto> {
    return toOwnPolicyDto(await this.show.run(userId));
  }

  @Patch()
  @AsksFreshSignIn()
  @ApiAccessFailures()
  @ApiOperation({
    summary: 'Limits your own sessions, within what the service allows',
    description:
      'For sessions to come and for those that are open: one that would be over by it ends at once, the current one too. Taking a ' +
      'limit back lengthens none that is open. `max_sessions` counts with the next sign-in.',
  })
  @ApiData(ChangedOwnPolicyDto)
  @ApiFailures('VALIDATION_ERROR', 'SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async patch(
    @Body() body: ChangeOwnPolicyRequest,
    @Current() { userId }: Principal,
    @Caller() caller: CallerFacts,
  ): Promise<ChangedOwnPolicyDto> {
    const { user, ...applied } = await this.change.run({ userId, chosen: chosenIn(body), ...caller });
    return toChangedDto(this.show.of(user), applied);
  }
}
