import { ApiData, ApiFailures, canonicalAddress, ValidationFailed } from '@gatehouse/nest-kit';
import { Scopes, ServiceAccounts } from '@gatehouse/session-validator/nest';
import { Body, Controller, Header, HttpCode, Inject, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiExtraModels, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { ApiTokenFailures } from '../../access/api-access-failures.decorator.js';
import { Caller, type CallerFacts } from '../../access/caller.decorator.js';
import { FEDERATION_SCOPE } from '../federation-paths.js';
import { FederatedSignOut } from '../logout/federated-sign-out.js';
import { IdentityProviders } from '../providers/identity-providers.js';
import { SignInForService } from '../sign-in/sign-in-for-service.js';
import { TakeOverRoles } from '../sign-in/take-over-roles.js';
import {
  FederatedRolesDto,
  FederatedRolesRequest,
  FederatedSignedInDto,
  FederatedSignedOutDto,
  FederatedSignInRequest,
  FederatedSignOutRequest,
} from './internal.dto.js';
import { ServicesOnlyGuard } from './services-only.guard.js';

/** For gateways: service accounts with the scope `federation`, from inside the networks of this service. To others it is not there. */
@ApiTags('Identities')
@ApiExtraModels(FederatedSignOutRequest)
@ApiBearerAuth()
@ApiTokenFailures()
@ServiceAccounts()
@Scopes(FEDERATION_SCOPE)
@UseGuards(ServicesOnlyGuard)
@Controller('api/v1/internal')
export class InternalController {
  constructor(
    @Inject(SignInForService) private readonly signIn: SignInForService,
    @Inject(TakeOverRoles) private readonly takeOverRoles: TakeOverRoles,
    @Inject(FederatedSignOut) private readonly signOut: FederatedSignOut,
    @Inject(IdentityProviders) private readonly providers: IdentityProviders,
  ) {}

  @Post('federated-sign-in')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Opens a session for somebody a provider has signed in',
    description:
      'For a gateway, with a token of its service account that has the scope `federation`. The ID token is verified here: the provider’s ' +
      'signature decides who it is, not the gateway.',
  })
  @ApiData(FederatedSignedInDto)
  @ApiFailures(
    'VALIDATION_ERROR',
    'FORBIDDEN',
    'IDENTITY_REFUSED',
    'SIGN_UP_CLOSED',
    'ACCOUNT_DISABLED',
    'NOT_FOUND',
    'PROVIDER_NOT_FOUND',
    'LINK_REQUIRED',
    'SESSION_LIMIT',
    'PROVIDER_UNAVAILABLE',
    'SESSION_ERROR',
    'DEGRADED_UNAVAILABLE',
  )
  async post(
    @Body() body: FederatedSignInRequest,
    @Caller() { requestId }: CallerFacts,
  ): Promise<FederatedSignedInDto> {
    const { user, sessionId, accessToken, recorded } = await this.signIn.run({
      providerName: body.provider,
      idToken: body.idToken,
      nonce: body.nonce,
      sessionChoice: body.sessionChoice,
      ipAddress: canonicalAddress(body.client.ipAddress),
      userAgent: body.client.userAgent,
      requestId,
    });
    return {
      userId: user.id,
      sessionId,
      accessToken: accessToken.token,
      accessTokenExpiresAt: accessToken.expiresAtMs,
      refreshToken: recorded.refreshToken,
      expiresAt: recorded.session.absoluteExpiresAtMs,
    };
  }

  @Post('federated-roles')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Takes over the roles a provider gives somebody today',
    description:
      'For a gateway that has refreshed the provider’s tokens and got a new ID token. Opens no session. What was taken away counts at once, ' +
      'in every service.',
  })
  @ApiData(FederatedRolesDto)
  @ApiFailures(
    'VALIDATION_ERROR',
    'FORBIDDEN',
    'IDENTITY_REFUSED',
    'IDENTITY_NOT_FOUND',
    'NOT_FOUND',
    'PROVIDER_NOT_FOUND',
    'PROVIDER_UNAVAILABLE',
    'DEGRADED_UNAVAILABLE',
  )
  async roles(@Body() body: FederatedRolesRequest, @Caller() caller: CallerFacts): Promise<FederatedRolesDto> {
    const { provider: providerName, idToken } = body;
    return { roles: [...(await this.takeOverRoles.run({ providerName, idToken, ...caller }))] };
  }

  @Post('federated-sign-out')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiOperation({
    summary: 'Ends what a provider says is over',
    description:
      'For a gateway, as above. With `logoutToken`: the sessions of that session there, or all of that person. With `issuer` and ' +
      '`providerSessionId`: those of that one session.',
  })
  @ApiBody({
    schema: {
      allOf: [{ $ref: getSchemaPath(FederatedSignOutRequest) }],
      oneOf: [{ required: ['logoutToken'] }, { required: ['issuer', 'providerSessionId'] }],
    },
  })
  @ApiData(FederatedSignedOutDto)
  @ApiFailures(
    'VALIDATION_ERROR',
    'LOGOUT_TOKEN_INVALID',
    'FORBIDDEN',
    'NOT_FOUND',
    'PROVIDER_NOT_FOUND',
    'PROVIDER_UNAVAILABLE',
    'DEGRADED_UNAVAILABLE',
  )
  async end(@Body() body: FederatedSignOutRequest, @Caller() caller: CallerFacts): Promise<FederatedSignedOutDto> {
    const { provider: name, logoutToken, issuer, providerSessionId } = body;
    const named = issuer === undefined || providerSessionId === undefined ? undefined : { issuer, providerSessionId };
    const isOneOfBoth = (issuer === undefined) === (providerSessionId === undefined);
    // One word at a time: of two, which is meant must not be guessed.
    if (!isOneOfBoth || (logoutToken === undefined) === (named === undefined)) {
      throw new ValidationFailed([{ field: 'logoutToken', rule: 'eitherThisOrIssuerAndProviderSessionId' }]);
    }
    const provider = this.providers.get(name);
    if (named) return { ended: await this.signOut.bySession(provider, named, caller) };
    return { ended: await this.signOut.byToken(provider, logoutToken ?? '', caller) };
  }
}
