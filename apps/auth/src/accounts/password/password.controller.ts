import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Current, type Principal, Public } from '@gatehouse/session-validator/nest';
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAccessFailures } from '../../access/api-access-failures.decorator.js';
import { Caller, type CallerFacts } from '../../access/caller.decorator.js';
import { Idempotent } from '../../idempotency/idempotent.decorator.js';
import { LimitPasswordAttempts } from '../../limits/sign-in-limit.guard.js';
import { HashesPassword } from '../../passwords/http/hashes-password.decorator.js';
import type { EndedUserSessions } from '../../revocations/end-user-sessions.js';
import { ACCEPTED, AcceptedDto } from '../account-token.dto.js';
import { AddressRequest } from '../email/email.dto.js';
import { ChangePassword } from './change-password.js';
import { ForgotPassword } from './forgot-password.js';
import { ChangePasswordRequest, PasswordChangedDto, ResetPasswordRequest } from './password.dto.js';
import { ResetPassword } from './reset-password.js';

@ApiTags('Account')
@Controller('api/v1/auth/password')
export class PasswordController {
  constructor(
    @Inject(ForgotPassword) private readonly forgotPassword: ForgotPassword,
    @Inject(ResetPassword) private readonly resetPassword: ResetPassword,
    @Inject(ChangePassword) private readonly changePassword: ChangePassword,
  ) {}

  @Public()
  @Post('forgot')
  @HttpCode(202)
  @LimitPasswordAttempts()
  @ApiOperation({ summary: 'Mails a link to a new password; the same answer for every address', security: [] })
  @ApiData(AcceptedDto, { status: 202, description: 'If there is an account, a mail is on its way' })
  @ApiFailures('VALIDATION_ERROR', 'RATE_LIMITED', 'MAIL_NOT_SET_UP', 'DEGRADED_UNAVAILABLE')
  async forgot(@Body() { email }: AddressRequest, @Caller() caller: CallerFacts): Promise<AcceptedDto> {
    await this.forgotPassword.run({ email, ...caller });
    return ACCEPTED;
  }

  @Public()
  @Post('reset')
  @HttpCode(200)
  @HashesPassword()
  @LimitPasswordAttempts()
  @Idempotent()
  @ApiOperation({
    summary: 'Sets a new password with the link that was mailed',
    description: 'The link works once. All sessions end.',
    security: [],
  })
  @ApiData(PasswordChangedDto, { description: 'The new password stands; sign in with it' })
  @ApiFailures(
    'VALIDATION_ERROR',
    'RESET_TOKEN_INVALID',
    'WEAK_PASSWORD',
    'BREACHED_PASSWORD',
    'RATE_LIMITED',
    'OVERLOADED',
    'DEGRADED_UNAVAILABLE',
  )
  async reset(
    @Body() { token, password }: ResetPasswordRequest,
    @Caller() caller: CallerFacts,
  ): Promise<PasswordChangedDto> {
    return toDto(await this.resetPassword.run({ token, password, ...caller }));
  }

  @Post('change')
  @HttpCode(200)
  @HashesPassword()
  @LimitPasswordAttempts({ guesses: true })
  @Idempotent()
  @ApiBearerAuth()
  @ApiAccessFailures()
  @ApiOperation({ summary: 'Sets a new password in place of the current one', description: 'The other sessions end.' })
  @ApiData(PasswordChangedDto, { description: 'The new password stands' })
  @ApiFailures(
    'VALIDATION_ERROR',
    'INVALID_CREDENTIALS',
    'PASSWORD_REUSED',
    'WEAK_PASSWORD',
    'BREACHED_PASSWORD',
    'OVERLOADED',
    'SESSION_ERROR',
    'FEED_STALE',
    'DEGRADED_UNAVAILABLE',
  )
  async change(
    @Body() { current, new: next, keep_current_session: keep = true }: ChangePasswordRequest,
    @Current() { userId, sessionId }: Principal,
    @Caller() caller: CallerFacts,
  ): Promise<PasswordChangedDto> {
    const command = { userId, current, next, sessionId, keepsSession: keep };
    return toDto(await this.changePassword.run({ ...command, ...caller }));
  }
}

function toDto({ ended, revocationId }: EndedUserSessions): PasswordChangedDto {
  return { password_changed: true, sessions_ended: ended, revocation_id: revocationId };
}
