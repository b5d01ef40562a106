import { Unwrapped } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Controller, Header, HttpCode, Inject, Post, Req, UseFilters, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Caller, type CallerFacts } from '../../access/caller.decorator.js';
import { AuthenticateClient } from '../clients/authenticate-client.js';
import { type PresentedClient, presentedClient } from '../http/presented-client.js';
import { Form, type FormBody } from '../http/form-body.js';
import { InvalidGrant, UnsupportedGrantType } from '../oauth.errors.js';
import { LimitClientsInterceptor } from '../http/limit-clients.interceptor.js';
import { ApiOAuthFailures, FORM_TYPE } from '../http/oauth-docs.js';
import { OAuthFailureFilter } from '../http/oauth-failure.filter.js';
import { IssueClientToken } from './issue-client-token.js';
import { RefreshGrant } from './refresh-grant.js';
import { TokenRequestForm, TokenResponseDto } from './token.dto.js';

@Public()
@Unwrapped()
@ApiTags('OAuth')
@UseFilters(OAuthFailureFilter)
@UseInterceptors(LimitClientsInterceptor)
@Controller('api/v1/auth')
export class TokenController {
  constructor(
    @Inject(AuthenticateClient) private readonly authenticate: AuthenticateClient,
    @Inject(IssueClientToken) private readonly issueClientToken: IssueClientToken,
    @Inject(RefreshGrant) private readonly refreshGrant: RefreshGrant,
  ) {}

  @Post('token')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @Header('pragma', 'no-cache')
  @ApiConsumes(FORM_TYPE)
  @ApiBody({ type: TokenRequestForm })
  @ApiOperation({
    summary: 'Token endpoint (RFC 6749 §3.2)',
    description:
      'Tokens for service accounts (`client_credentials`), and the next pair of tokens of a session (`refresh_token`).',
    security: [],
  })
  @ApiResponse({ status: 200, type: TokenResponseDto, description: 'A token' })
  @ApiOAuthFailures(
    'invalid_request',
    'invalid_client',
    'invalid_grant',
    'unsupported_grant_type',
    'invalid_scope',
    'invalid_target',
  )
  async post(
    @Form() form: FormBody,
    @Req() request: FastifyRequest,
    @Caller() caller: CallerFacts,
  ): Promise<TokenResponseDto> {
    const client = presentedClient(request, form);
    switch (form.required('grant_type')) {
      case 'client_credentials':
        return this.clientCredentials(client, form, caller);
      case 'refresh_token':
        return this.refresh(client, form, caller);
      default:
        throw new UnsupportedGrantType();
    }
  }

  private async clientCredentials(
    client: PresentedClient,
    form: FormBody,
    caller: CallerFacts,
  ): Promise<TokenResponseDto> {
    const audiences = [...form.all('resource'), ...form.all('audience')];
    const scope = form.one('scope');
    const account = await this.authenticate.run(client, caller);
    const token = await this.issueClientToken.run({ account, scope, audiences }, caller);
    return {
      access_token: token.accessToken,
      token_type: 'Bearer',
      expires_in: token.expiresInSeconds,
      ...(token.scope === '' ? {} : { scope: token.scope }),
    };
  }

  private async refresh(client: PresentedClient, form: FormBody, caller: CallerFacts): Promise<TokenResponseDto> {
    const refreshToken = form.required('refresh_token');
    if (client.method !== 'none') {
      await this.authenticate.run(client, caller);
      // No refresh token is ever issued to a service account.
      throw new InvalidGrant();
    }
    const asked = { refreshToken, clientId: client.clientId, scope: form.one('scope') };
    const { accessToken, refreshToken: next, expiresInSeconds, scope } = await this.refreshGrant.run(asked, caller);
    return {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: expiresInSeconds,
      refresh_token: next,
      ...(scope === '' ? {} : { scope }),
    };
  }
}
