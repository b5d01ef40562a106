import { Clock } from '@gatehouse/kernel';
import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Body, Controller, Header, Headers, HttpCode, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Caller, type CallerFacts } from '../access/caller.decorator.js';
import { CookieSignedInDto } from '../cookie-mode/http/cookie-answers.dto.js';
import { UsesCookies } from '../cookie-mode/http/uses-cookies.decorator.js';
import { DeviceToken } from '../devices/device-token.decorator.js';
import { LimitPasswordAttempts } from '../limits/sign-in-limit.guard.js';
import { HashesPassword } from '../passwords/http/hashes-password.decorator.js';
import { SignInRequest } from './sign-in.dto.js';
import { SignIn } from './sign-in.js';
import { SignedInDto, toSignedInDto } from './signed-in.dto.js';

@ApiTags('Authentication')
@Controller('api/v1/auth')
export class SignInController {
  constructor(
    private readonly signIn: SignIn,
    private readonly clock: Clock,
  ) {}

  @Public()
  @Post('signin')
  @HttpCode(200)
  @UsesCookies('sign-in')
  @HashesPassword()
  @LimitPasswordAttempts({ guesses: true })
  @Header('cache-control', 'no-store')
  @ApiOperation({ summary: 'Open a session with e-mail and password', security: [] })
  @ApiData([SignedInDto, CookieSignedInDto], {
    description: 'Signed in',
    headers: {
      'X-Session-ID': { description: 'Id of the session', schema: { type: 'string', pattern: '^[0-9a-f]{64}$' } },
    },
  })
  @ApiFailures(
    'VALIDATION_ERROR',
    'INVALID_CREDENTIALS',
    'ACCOUNT_DISABLED',
    'EMAIL_NOT_VERIFIED',
    'PASSWORD_RESET_REQUIRED',
    'CSRF_FAILED',
    'SESSION_LIMIT',
    'RATE_LIMITED',
    'OVERLOADED',
    'DEGRADED_UNAVAILABLE',
  )
  async post(
    @Body() body: SignInRequest,
    @Caller() caller: CallerFacts,
    @DeviceToken() deviceToken: string | undefined,
    @Headers('user-agent') userAgent: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInDto> {
    const signedIn = await this.signIn.run({
      email: body.email,
      password: body.password,
      rememberMe: body.remember_me ?? false,
      ...(body.device_name === undefined ? {} : { deviceName: body.device_name }),
      sessionChoice: body.session_choice,
      deviceToken,
      userAgent: userAgent ?? '',
      ...caller,
    });
    void reply.header('x-session-id', signedIn.sessionId);
    return toSignedInDto(signedIn, this.clock.nowMs());
  }
}
