import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import type { Session } from '@gatehouse/session-store';
import { Current, type Principal, SessionValidator } from '@gatehouse/session-validator/nest';
import { Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OpenToActors } from '../access/admin.guard.js';
import { ApiAccessFailures } from '../access/api-access-failures.decorator.js';
import { TokenRefused } from '../access/access.errors.js';
import { Bearer } from '../access/bearer.decorator.js';
import { CurrentSession } from '../access/presence.guard.js';
import { ShowProfile } from './show-profile.js';
import { ProfileDto, toProfileDto, VerifiedDto } from './verify.dto.js';

const VERIFY = {
  summary: 'Whether the token is good and its session live',
  description:
    'Stricter than what other services check by themselves: the session must be in the store. While the store is away the list ' +
    'of revocations decides.',
};

@ApiTags('Authentication')
@ApiBearerAuth()
@ApiAccessFailures()
@Controller('api/v1/auth')
export class VerifyController {
  constructor(
    @Inject(SessionValidator) private readonly validator: SessionValidator,
    @Inject(ShowProfile) private readonly profile: ShowProfile,
  ) {}

  @Get('verify')
  @OpenToActors()
  @ApiOperation(VERIFY)
  @ApiData(VerifiedDto, { description: 'It is' })
  @ApiFailures('SESSION_ERROR', 'FEED_STALE')
  get(@Bearer() token: string): Promise<VerifiedDto> {
    return this.verify(token);
  }

  @Post('verify')
  @OpenToActors()
  @HttpCode(200)
  @ApiOperation(VERIFY)
  @ApiData(VerifiedDto, { description: 'It is' })
  @ApiFailures('SESSION_ERROR', 'FEED_STALE')
  post(@Bearer() token: string): Promise<VerifiedDto> {
    return this.verify(token);
  }

  @Get('me')
  @OpenToActors()
  @ApiOperation({
    summary: 'Who you are signed in as',
    description:
      'While the database is away the session answers for it: without `name` and `created_at`, with `degraded`.',
  })
  @ApiData(ProfileDto)
  @ApiFailures('SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async me(@Current() { userId }: Principal, @CurrentSession() session: Session | undefined): Promise<ProfileDto> {
    return toProfileDto(await this.profile.run(userId, session));
  }

  /** The guards have let the token in; this reads its claims, and refuses what was revoked in between. */
  private async verify(token: string): Promise<VerifiedDto> {
    const verdict = await this.validator.validateAccessToken(token);
    if (!verdict.ok) throw new TokenRefused(verdict.reason);
    return { active: true, claims: { ...verdict.claims } };
  }
}
