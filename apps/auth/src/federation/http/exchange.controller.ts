import { Clock } from '@gatehouse/kernel';
import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { applyDecorators, Body, Controller, Header, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
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

const SIGNED_IN = {
  description: 'Signed in',
  headers: {
    'X-Session-ID': { description: 'Id of the session', schema: { type: 'string', pattern: '^[0-9a-f]{64}$' } },
  },
} as const;

/** A route that takes what proves somebody, once, and answers as a sign-in does. */
function ExchangesForSession(operation: { readonly summary: string; readonly description?: string }) {
  return applyDecorators(
    HttpCode(200),
    UsesCookies('sign-in'),
    Header('cache-control', 'no-store'),
    ApiParam({ name: 'provider', schema: { type: 'string', example: 'entra' } }),
    ApiOperation({ ...operation, security: [] }),
    ApiData([SignedInDto, CookieSignedInDto], SIGNED_IN),
    ApiFailures(
      'VALIDATION_ERROR',
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
    ),
  );
}

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
  @ExchangesForSession({ summary: 'Exchanges the code of a sign-in at a provider for a session' })
  @ApiFailures('OAUTH_STATE')
  async exchange(
    @Param('provider') providerName: string,
    @Body() body: ExchangeRequest,
    @Caller() caller: CallerFacts,
    @DeviceToken() deviceToken: string | undefined,
    @Headers('user-agent') userAgent: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInDto> {
    const returned = await this.codes.redeem(providerName, body.code, body.code_verifier);
    const wishes = wishesOf(body, deviceToken, userAgent);
    return this.answer(await this.signIn.run({ ...returned, ...wishes, ...caller, clientId: 'web' }), reply);
  }

  @Post(':provider/bearer')
  @ExchangesForSession({
    summary: 'Exchanges an access token of a provider for a session',
    description:
      'For applications that have one for this service already, such as Entra’s for an API of yours. Each token once; only where the ' +
      'provider’s settings name the scopes that will do.',
  })
  @ApiFailures('PROVIDER_UNAVAILABLE')
  async bearer(
    @Param('provider') providerName: string,
    @Body() body: BearerRequest,
    @Caller() caller: CallerFacts,
    @DeviceToken() deviceToken: string | undefined,
    @Headers('user-agent') userAgent: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SignedInDto> {
    const wishes = wishesOf(body, deviceToken, userAgent);
    const asked = { providerName, accessToken: body.subject_token, ...wishes, ...caller };
    return this.answer(await this.exchangeBearer.run(asked), reply);
  }

  private answer(signedIn: FederatedSignedIn, reply: FastifyReply): SignedInDto {
    void reply.header('x-session-id', signedIn.sessionId);
    return toSignedInDto(signedIn, this.clock.nowMs());
  }
}

function wishesOf(
  { device_name: deviceName, session_choice: sessionChoice }: ExchangeRequest | BearerRequest,
  deviceToken: string | undefined,
  userAgent = '',
) {
  return { deviceToken, deviceName, sessionChoice, userAgent };
}
