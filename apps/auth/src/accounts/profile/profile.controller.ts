import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Current, type Principal } from '@gatehouse/session-validator/nest';
import { Body, Controller, Inject, Patch } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAccessFailures } from '../../access/api-access-failures.decorator.js';
import { Caller, type CallerFacts } from '../../access/caller.decorator.js';
import { profileOf } from '../../verify/show-profile.js';
import { ProfileDto, toProfileDto } from '../../verify/verify.dto.js';
import { ChangeProfile } from './change-profile.js';
import { ChangeProfileRequest } from './profile.dto.js';

@ApiTags('Account')
@ApiBearerAuth()
@ApiAccessFailures()
@Controller('api/v1/auth')
export class ProfileController {
  constructor(@Inject(ChangeProfile) private readonly changeProfile: ChangeProfile) {}

  @Patch('me')
  @ApiOperation({ summary: 'Changes your name' })
  @ApiData(ProfileDto)
  @ApiFailures('VALIDATION_ERROR', 'SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async patch(
    @Body() { name }: ChangeProfileRequest,
    @Current() { userId }: Principal,
    @Caller() caller: CallerFacts,
  ): Promise<ProfileDto> {
    return toProfileDto(profileOf(await this.changeProfile.run({ userId, name, ...caller })));
  }
}
