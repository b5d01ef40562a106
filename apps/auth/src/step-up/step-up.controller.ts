import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Current, type Principal } from '@gatehouse/session-validator/nest';
import { Body, Controller, Header, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAccessFailures } from '../access/api-access-failures.decorator.js';
import { Caller, type CallerFacts } from '../access/caller.decorator.js';
import { CookieSteppedUpDto } from '../cookie-mode/http/cookie-answers.dto.js';
import { LimitPasswordAttempts } from '../limits/sign-in-limit.guard.js';
import { HashesPassword } from '../passwords/http/hashes-password.decorator.js';
import { SteppedUpDto, StepUpRequest } from './step-up.dto.js';
import { StepUp } from './step-up.js';

@ApiTags('Authentication')
@ApiBearerAuth()
@ApiAccessFailures()
@Controller('api/v1/auth/step-up')
export class StepUpController {
  constructor(@Inject(StepUp) private readonly stepUp: StepUp) {}

  @Post()
  @HttpCode(200)
  @HashesPassword()
  @LimitPasswordAttempts({ guesses: true })
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Prove again who you are',
    description:
      'The answer to `STEP_UP_REQUIRED` (RFC 9470): the same session, with tokens that tell a later sign-in. The refresh token ' +
      'stays as it is.',
  })
  @ApiData([SteppedUpDto, CookieSteppedUpDto])
  @ApiFailures(
    'VALIDATION_ERROR',
    'INVALID_CREDENTIALS',
    'FORBIDDEN',
    'SESSION_ERROR',
    'OVERLOADED',
    'DEGRADED_UNAVAILABLE',
  )
  async post(
    @Body() { password }: StepUpRequest,
    @Current() { userId, sessionId }: Principal,
    @Caller() caller: CallerFacts,
  ): Promise<SteppedUpDto> {
    const { accessToken, authenticatedAtMs } = await this.stepUp.run({ userId, sessionId, password, ...caller });
    return {
      access_token: accessToken.token,
      token_type: 'Bearer',
      expires_in: accessToken.expiresInSeconds,
      auth_time: new Date(authenticatedAtMs).toISOString(),
    };
  }
}
