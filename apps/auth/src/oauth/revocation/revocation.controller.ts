import { SERVICE_ACCOUNT_ID_PATTERN } from '@gatehouse/contracts';
import { Unwrapped } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Controller, Header, HttpCode, Inject, Post, Req, UseFilters, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Caller, type CallerFacts } from '../../access/caller.decorator.js';
import { AuthenticateClient } from '../clients/authenticate-client.js';
import { presentedClient } from '../http/presented-client.js';
import { Form, type FormBody } from '../http/form-body.js';
import { LimitClientsInterceptor } from '../http/limit-clients.interceptor.js';
import { ApiOAuthFailures, FORM_TYPE } from '../http/oauth-docs.js';
import { OAuthFailureFilter } from '../http/oauth-failure.filter.js';
import { REVOKE } from '../permissions.js';
import { RevocationForm } from './revocation.dto.js';
import { RevokeToken } from './revoke-token.js';

@Public()
@Unwrapped()
@ApiTags('OAuth')
@UseFilters(OAuthFailureFilter)
@UseInterceptors(LimitClientsInterceptor)
@Controller('api/v1/auth')
export class RevocationController {
  constructor(
    @Inject(AuthenticateClient) private readonly authenticate: AuthenticateClient,
    @Inject(RevokeToken) private readonly revoke: RevokeToken,
  ) {}

  @Post('revoke')
  @HttpCode(200)
  @Header('cache-control', 'no-store')
  @ApiConsumes(FORM_TYPE)
  @ApiBody({ type: RevocationForm })
  @ApiOperation({
    summary: 'Ends a token (RFC 7009)',
    description:
      'A refresh token ends its session with all its tokens; an access token ends alone. It must have been issued to the client that ' +
      'asks, unless that is a service account with the scope `tokens:revoke`. Anything else is answered alike, and nothing happens.',
    security: [],
  })
  @ApiResponse({ status: 200, description: 'It is not good any more, or never was. Empty' })
  @ApiOAuthFailures('invalid_request', 'invalid_client')
  async post(@Form() form: FormBody, @Req() request: FastifyRequest, @Caller() caller: CallerFacts): Promise<void> {
    const client = presentedClient(request, form);
    const token = form.required('token');
    form.one('token_type_hint');
    const { clientId } = client;
    // A client of persons has no secret: that it holds the token is what it can show.
    const isPublic = client.method === 'none' && clientId !== undefined && !SERVICE_ACCOUNT_ID_PATTERN.test(clientId);
    if (isPublic) return this.revoke.run({ token, clientId, mayEndAll: false }, caller);
    const account = await this.authenticate.run(client, caller);
    const mayEndAll = account.scopes.includes(REVOKE);
    return this.revoke.run({ token, clientId: account.clientId, mayEndAll }, caller);
  }
}
