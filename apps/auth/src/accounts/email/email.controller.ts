import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Current, type Principal, Public } from '@gatehouse/session-validator/nest';
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAccessFailures } from '../../access/api-access-failures.decorator.js';
import { Caller, type CallerFacts } from '../../access/caller.decorator.js';
import { LimitPasswordAttempts } from '../../limits/sign-in-limit.guard.js';
import { ACCEPTED, AcceptedDto, TokenRequest } from '../account-token.dto.js';
import { AsksFreshSignIn } from '../asks-fresh-sign-in.decorator.js';
import { AskForVerification } from './ask-for-verification.js';
import { ChangeEmail } from './change-email.js';
import { AddressRequest, EmailVerifiedDto } from './email.dto.js';
import { VerifyEmail } from './verify-email.js';

@ApiTags('Account')
@Controller('api/v1/auth/email')
export class EmailController {
  constructor(
    @Inject(VerifyEmail) private readonly verifyEmail: VerifyEmail,
    @Inject(AskForVerification) private readonly askForVerification: AskForVerification,
    @Inject(ChangeEmail) private readonly changeEmail: ChangeEmail,
  ) {}

  @Public()
  @Post('verify')
  @HttpCode(200)
  @LimitPasswordAttempts()
  @ApiOperation({ summary: 'Proves an address with the link that was mailed to it', security: [] })
  @ApiData(EmailVerifiedDto, { description: 'It is yours' })
  @ApiFailures('VALIDATION_ERROR', 'VERIFY_TOKEN_INVALID', 'EMAIL_TAKEN', 'RATE_LIMITED', 'DEGRADED_UNAVAILABLE')
  async verify(@Body() { token }: TokenRequest, @Caller() caller: CallerFacts): Promise<EmailVerifiedDto> {
    await this.verifyEmail.run({ token, ...caller });
    return { email_verified: true };
  }

  @Public()
  @Post('resend')
  @HttpCode(202)
  @LimitPasswordAttempts()
  @ApiOperation({ summary: 'Mails the link of the sign-up again; the same answer for every address', security: [] })
  @ApiData(AcceptedDto, { status: 202, description: 'If the address waits to be proven, a mail is on its way' })
  @ApiFailures('VALIDATION_ERROR', 'RATE_LIMITED', 'MAIL_NOT_SET_UP', 'DEGRADED_UNAVAILABLE')
  async resend(@Body() { email }: AddressRequest, @Caller() caller: CallerFacts): Promise<AcceptedDto> {
    await this.askForVerification.run({ email, ...caller });
    return ACCEPTED;
  }

  @Post('change')
  @HttpCode(202)
  @LimitPasswordAttempts()
  @AsksFreshSignIn()
  @ApiBearerAuth()
  @ApiAccessFailures()
  @ApiOperation({
    summary: 'Asks for another address',
    description: 'Nothing changes before the link that is mailed to the new address has been followed.',
  })
  @ApiData(AcceptedDto, { status: 202, description: 'A mail is on its way to the new address' })
  @ApiFailures('VALIDATION_ERROR', 'SESSION_ERROR', 'FEED_STALE', 'MAIL_NOT_SET_UP', 'DEGRADED_UNAVAILABLE')
  async change(
    @Body() { email }: AddressRequest,
    @Current() { userId }: Principal,
    @Caller() caller: CallerFacts,
  ): Promise<AcceptedDto> {
    await this.changeEmail.run({ userId, email, ...caller });
    return ACCEPTED;
  }
}
