import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Body, Controller, Header, Inject, Post, UseInterceptors } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, type CallerFacts } from '../access/caller.decorator.js';
import { AccountSettings } from '../accounts/account-settings.js';
import { Idempotent } from '../idempotency/idempotent.decorator.js';
import { LimitPasswordAttempts } from '../limits/sign-in-limit.guard.js';
import { HashesPassword } from '../passwords/http/hashes-password.decorator.js';
import { SignedUpDto, SignUpRequest } from './sign-up.dto.js';
import { SignUpStatusInterceptor } from './sign-up-status.interceptor.js';
import { SignUp } from './sign-up.js';

@ApiTags('Account')
// Around those of the method: a repeated answer gets its status as well.
@UseInterceptors(SignUpStatusInterceptor)
@Controller('api/v1/auth')
export class SignUpController {
  constructor(
    @Inject(SignUp) private readonly signUp: SignUp,
    @Inject(AccountSettings) private readonly settings: AccountSettings,
  ) {}

  @Public()
  @Post(['signup', 'register'])
  @HashesPassword()
  @LimitPasswordAttempts()
  @Idempotent()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Make an account', security: [] })
  @ApiData(SignedUpDto, { status: 201, description: 'The account stands; sign in next' })
  @ApiData(SignedUpDto, {
    status: 202,
    description: 'Where sign-up tells nobody who has an account: mail is on its way',
  })
  @ApiFailures(
    'VALIDATION_ERROR',
    'WEAK_PASSWORD',
    'BREACHED_PASSWORD',
    'EMAIL_TAKEN',
    'RATE_LIMITED',
    'OVERLOADED',
    'DEGRADED_UNAVAILABLE',
  )
  async post(@Body() body: SignUpRequest, @Caller() caller: CallerFacts): Promise<SignedUpDto> {
    const user = await this.signUp.run({ ...body, ...caller });
    if (!user) return { verification_required: true };
    const { id, email, name, roles } = user;
    const { requireVerifiedEmail } = this.settings;
    return { user: { id, email, name, roles: [...roles] }, verification_required: requireVerifiedEmail };
  }
}
