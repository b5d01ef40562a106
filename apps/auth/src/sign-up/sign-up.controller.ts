import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Body, Controller, Header, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Caller, type CallerFacts } from '../access/caller.decorator.js';
import { Idempotent } from '../idempotency/idempotent.decorator.js';
import { LimitPasswordAttempts } from '../limits/sign-in-limit.guard.js';
import { SignedUpDto, SignUpRequest } from './sign-up.dto.js';
import { SignUp } from './sign-up.js';

@ApiTags('Account')
@Controller('api/v1/auth')
export class SignUpController {
  constructor(private readonly signUp: SignUp) {}

  @Public()
  @Post(['signup', 'register'])
  @LimitPasswordAttempts()
  @Idempotent()
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Make an account', security: [] })
  @ApiData(SignedUpDto, { status: 201, description: 'The account stands; sign in next' })
  @ApiFailures(
    'VALIDATION_ERROR',
    'WEAK_PASSWORD',
    'BREACHED_PASSWORD',
    'EMAIL_TAKEN',
    'REQUEST_IN_PROGRESS',
    'IDEMPOTENCY_KEY_REUSED',
    'RATE_LIMITED',
    'OVERLOADED',
    'DEGRADED_UNAVAILABLE',
  )
  async post(@Body() body: SignUpRequest, @Caller() caller: CallerFacts): Promise<SignedUpDto> {
    const { id, email, name, roles } = await this.signUp.run({ ...body, ...caller });
    return { user: { id, email, name, roles: [...roles] }, verification_required: false };
  }
}
