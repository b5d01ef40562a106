import { ApiFailures, Unwrapped } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Controller, Get, Header, HttpCode, Inject, Param, Post, Query, Res, UseFilters } from '@nestjs/common';
import {
  ApiBody,
  ApiConsumes,
  ApiOperation,
  ApiParam,
  ApiProperty,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Caller, type CallerFacts } from '../../access/caller.decorator.js';
import { Form, type FormBody } from '../../oauth/http/form-body.js';
import { ApiOAuthFailures, FORM_TYPE } from '../../oauth/http/oauth-docs.js';
import { OAuthFailureFilter } from '../../oauth/http/oauth-failure.filter.js';
import { FederatedSignOut } from '../logout/federated-sign-out.js';
import { IdentityProviders } from '../providers/identity-providers.js';

const PROVIDER = { name: 'provider', schema: { type: 'string', example: 'entra' } } as const;
const MAX_NAME = 512;
/** Providers show it in a frame of theirs, and take no other answer for an answer. */
const FRAME_POLICY = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors *";
const DONE_PAGE = '<!doctype html><html lang="en"><meta charset="utf-8"><title>Signed out</title></html>\n';

class LogoutTokenForm {
  @ApiProperty() logout_token!: string;
}

/** Where providers themselves say that somebody has left: for those who let people sign in here without a gateway. */
@Public()
@ApiTags('Identities')
@Controller('api/v1/auth/oauth')
export class ProviderLogoutController {
  constructor(
    @Inject(IdentityProviders) private readonly providers: IdentityProviders,
    @Inject(FederatedSignOut) private readonly signOut: FederatedSignOut,
  ) {}

  @Post(':provider/backchannel-logout')
  @HttpCode(200)
  @Unwrapped()
  @UseFilters(OAuthFailureFilter)
  @Header('cache-control', 'no-store')
  @ApiParam(PROVIDER)
  @ApiConsumes(FORM_TYPE)
  @ApiBody({ type: LogoutTokenForm })
  @ApiOperation({
    summary: 'Back-channel logout (OpenID Connect)',
    description: 'For providers. The logout token proves itself, and is taken once.',
    security: [],
  })
  @ApiResponse({ status: 200, description: 'What it names has ended, or was not there. Empty' })
  @ApiOAuthFailures('invalid_request')
  async backChannel(
    @Param('provider') providerName: string,
    @Form() form: FormBody,
    @Caller() caller: CallerFacts,
  ): Promise<void> {
    const token = form.required('logout_token');
    await this.signOut.byToken(this.providers.get(providerName), token, caller);
  }

  @Get(':provider/frontchannel-logout')
  @Unwrapped()
  @ApiParam(PROVIDER)
  @ApiQuery({ name: 'iss', type: String, required: false })
  @ApiQuery({ name: 'sid', type: String, required: false })
  @ApiOperation({
    summary: 'Front-channel logout (OpenID Connect)',
    description:
      'For frames of providers. Ends the sessions of that session there; the answer is the same whatever it found.',
    security: [],
  })
  @ApiResponse({ status: 200, description: 'An empty page that may stand in a frame', content: { 'text/html': {} } })
  @ApiFailures('PROVIDER_NOT_FOUND', 'RATE_LIMITED', 'DEGRADED_UNAVAILABLE')
  async frontChannel(
    @Param('provider') providerName: string,
    @Query('iss') issuer: unknown,
    @Query('sid') providerSessionId: unknown,
    @Caller() caller: CallerFacts,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const provider = this.providers.get(providerName);
    // Sent twice it is a list, and names nothing.
    if (isName(issuer) && isName(providerSessionId)) {
      await this.signOut.bySession(provider, { issuer, providerSessionId }, caller);
    }
    void reply
      .type('text/html; charset=utf-8')
      .header('cache-control', 'no-store')
      .header('content-security-policy', FRAME_POLICY)
      .removeHeader('x-frame-options');
    return DONE_PAGE;
  }
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME;
}
