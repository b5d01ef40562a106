import { Clock } from '@gatehouse/kernel';
import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Body, Controller, Header, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Caller, type CallerFacts } from '../../access/caller.decorator.js';
import { CookieSignedInDto } from '../../cookie-mode/http/cookie-answers.dto.js';
import { UsesCookies } from '../../cookie-mode/http/uses-cookies.decorator.js';
import { DeviceToken } from '../../devices/device-token.decorator.js';
import { SignedInDto, toSignedInDto } from '../../sign-in/signed-in.dto.js';
import { ExchangeCodes } from '../browser/exchange-codes.js';
import { ExchangeBearer } from '../sign-in/exchange-bearer.js';
import { type FederatedSignedIn, FederatedSignIn } from '../sign-in/federated-sign-in.js';
import { BearerRequest, ExchangeRequest } from './exchange.dto.js';

const PROVIDER = { name: 'provider', schema: { type: 'string', example: 'entra' } } as const;
const SIGNED_IN = {
  description: 'Signed in',
  headers: {
    'X-Session-ID': { description: 'Id of the session', schema: { type: 'string', pattern: '^[0-9a-f]{64}$' } },
  },
} as const;

@Public()
@ApiTags('Identities')
@Controller('api/v1/auth/oauth')
export class ExchangeController {
  constructor(
    @Inject(ExchangeCodes) private readonly codes: ExchangeCodes,
    @Inject(FederatedSignIn) private readonly signIn: FederatedSignIn,
    @Inject(ExchangeBearer) private readonly exchangeBearer: ExchangeBearer,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Post(':provider/exchange')
  @HttpCode(200)
  @UsesCookies('sign-in')
  @Header('cache-control', 'no-store')
  @ApiParam(PROVIDER)
  @ApiOperation({ summary: 'Exchanges the code of a sign-in at a provider for a session', security: [] })
  @ApiData([SignedInDto, CookieSignedInDto], SIGNED_IN)
  @ApiFailures(
    'VALIDATION_ERROR',
    'OAUTH_STATE',
    'IDENTITY_REFUSED',
    'SIGN_UP_CLOSED',
    'ACCOUNT_DISABLED',
    'CSRF_FAILED',
    'PROVIDER_NOT_FOUND',
    'LINK_REQUIRED',
    'SESSION_LIMIT',
    'RATE_LIMITED',
    'SESSION_ERROR',
    'DEGRADED_UNAVAILABLE',
  )
  async exchange(
    @Param('provider') providerName: string,
    @Body() body: ExchangeRequest,
    @Caller() caller: CallerFacts,
    @DeviceToken() deviceToken: string | undefined,
    @Headers('user-agent') userAgent: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInDto> {
    const returned = await this.codes.redeem(providerName, body.code, body.code_verifier);
    const signedIn = await this.signIn.run({
      ...returned,
      clientId: 'web',
      deviceToken,
      deviceName: body.device_name,
      sessionChoice: body.session_choice,
      userAgent: userAgent ?? '',
      ...caller,
    });
    return this.answer(signedIn, reply);
  }

  @Post(':provider/bearer')
  @HttpCode(200)
  @UsesCookies('sign-in')
  @Header('cache-control', 'no-store')
  @ApiParam(PROVIDER)
  @ApiOperation({
    summary: 'Exchanges an access token of a provider for a session',
    description:
      'For applications that have one for this service already, such as Entra’s for an API of yours. Each token once; only where the ' +
      'provider’s settings name the scopes that will do.',
    security: [],
  })
  @ApiData([SignedInDto, CookieSignedInDto], SIGNED_IN)
  @ApiFailures(
    'VALIDATION_ERROR',
    'IDENTITY_REFUSED',
    'SIGN_UP_CLOSED',
    'ACCOUNT_DISABLED',
    'CSRF_FAILED',
    'PROVIDER_NOT_FOUND',
    'LINK_REQUIRED',
    'SESSION_LIMIT',
    'RATE_LIMITED',
    'PROVIDER_UNAVAILABLE',
    'SESSION_ERROR',
    'DEGRADED_UNAVAILABLE',
  )
  async bearer(
    @Param('provider') providerName: string,
    @Body() body: BearerRequest,
    @Caller() caller: CallerFacts,
    @DeviceToken() deviceToken: string | undefined,
    @Headers('user-agent') userAgent: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInDto> {
    const signedIn = await this.exchangeBearer.run({
      providerName,
      accessToken: body.subject_token,
      deviceToken,
      deviceName: body.device_name,
      sessionChoice: body.session_choice,
      userAgent: userAgent ?? '',
      ...caller,
    });
    return this.answer(signedIn, reply);
  }

  private answer(signedIn: FederatedSignedIn, reply: FastifyReply): SignedInDto {
    void reply.header('x-session-id', signedIn.sessionId);
    return toSignedInDto(signedIn, this.clock.nowMs());
  }
}
