import { ApiFailures, Unwrapped } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Body, Controller, Header, HttpCode, Inject, Param, Post, UseFilters } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { Caller, type CallerFacts } from '../../access/caller.decorator.js';
import { IdentityRefused } from '../federation.errors.js';
import { OAUTH_PATH } from '../federation-paths.js';
import { FederatedSignOut } from '../logout/federated-sign-out.js';
import { IdentityProviders } from '../providers/identity-providers.js';
import { PAGE_SETTINGS, type PageSettings } from './oauth-page.filter.js';
import { SECURITY_EVENT_TYPE, SecurityEventBody } from './security-event-body.js';
import { SecurityEventFilter } from './security-event.filter.js';

/**
 * Where providers push security events. Here and not at the gateway: who is meant is known here, and an application without a gateway
 * has this service alone.
 */
@Public()
@UseFilters(SecurityEventFilter)
@ApiTags('Identities')
@Controller('api/v1/auth/oauth')
export class SecurityEventsController {
  constructor(
    @Inject(IdentityProviders) private readonly providers: IdentityProviders,
    @Inject(FederatedSignOut) private readonly signOut: FederatedSignOut,
    @Inject(PAGE_SETTINGS) private readonly settings: PageSettings,
  ) {}

  @Post(':provider/events')
  @HttpCode(202)
  @Unwrapped()
  @Header('cache-control', 'no-store')
  @ApiParam({ name: 'provider', schema: { type: 'string', example: 'entra' } })
  @ApiConsumes(SECURITY_EVENT_TYPE)
  @ApiBody({ schema: { type: 'string', description: 'A security event token (RFC 8417).' } })
  @ApiOperation({
    summary: 'Security events of a provider (RFC 8935, CAEP)',
    description:
      'For providers. The token proves itself. `session-revoked` (CAEP), `sessions-revoked`, `account-disabled` and `account-purged` (RISC) ' +
      'end the sessions of whom they name by `iss_sub` or session id; other events are acknowledged, and so is one that comes again.',
    security: [],
  })
  @ApiResponse({ status: 202, description: 'What it names has ended, or was not there. Empty' })
  @ApiResponse({
    status: 400,
    description: 'Not to be believed, or names nobody',
    schema: {
      type: 'object',
      required: ['err', 'description'],
      properties: {
        err: { type: 'string', enum: ['invalid_request', 'invalid_issuer', 'invalid_audience'] },
        description: { type: 'string' },
      },
    },
  })
  @ApiFailures(
    'PROVIDER_NOT_FOUND',
    'UNSUPPORTED_MEDIA_TYPE',
    'RATE_LIMITED',
    'PROVIDER_UNAVAILABLE',
    'DEGRADED_UNAVAILABLE',
  )
  async post(
    @Param('provider') providerName: string,
    @Body() body: unknown,
    @Caller() caller: CallerFacts,
  ): Promise<void> {
    const provider = this.providers.get(providerName);
    if (!(body instanceof SecurityEventBody)) throw new IdentityRefused('TOKEN_INVALID');
    const address = `${this.settings.publicUrl}${OAUTH_PATH}/${provider.name}/events`;
    await this.signOut.byEvent(provider, body.token, address, caller);
  }
}
