import { Unwrapped } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Clock } from '@gatehouse/kernel';
import { Controller, HttpCode, Inject, Post, Req, Res, UseFilters, UseInterceptors } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Caller, type CallerFacts } from '../../access/caller.decorator.js';
import { AuditLog } from '../../audit/audit-log.port.js';
import { AuthenticateClient } from '../clients/authenticate-client.js';
import { presentedClient } from '../http/presented-client.js';
import { Form, type FormBody } from '../http/form-body.js';
import { LimitClientsInterceptor } from '../http/limit-clients.interceptor.js';
import { ApiOAuthFailures, FORM_TYPE } from '../http/oauth-docs.js';
import { OAuthFailureFilter } from '../http/oauth-failure.filter.js';
import { type ActiveToken, type INACTIVE, IntrospectToken } from './introspect-token.js';
import { IntrospectionForm, IntrospectionDto } from './introspection.dto.js';

export const INTROSPECTION_CACHE_SECONDS = Symbol('seconds an introspection may be kept');

@Public()
@Unwrapped()
@ApiTags('OAuth')
@UseFilters(OAuthFailureFilter)
@UseInterceptors(LimitClientsInterceptor)
@Controller('api/v1/auth')
export class IntrospectionController {
  constructor(
    @Inject(AuthenticateClient) private readonly authenticate: AuthenticateClient,
    @Inject(IntrospectToken) private readonly introspect: IntrospectToken,
    @Inject(AuditLog) private readonly audit: AuditLog,
    @Inject(Clock) private readonly clock: Clock,
    @Inject(INTROSPECTION_CACHE_SECONDS) private readonly cacheSeconds: number,
  ) {}

  @Post('introspect')
  @HttpCode(200)
  @ApiConsumes(FORM_TYPE)
  @ApiBody({ type: IntrospectionForm })
  @ApiOperation({
    summary: 'Whether a token is good right now (RFC 7662)',
    description:
      'For service accounts with the scope `tokens:introspect`. A token that is unknown, expired or revoked is `{"active":false}`. ' +
      'About refresh tokens it takes `tokens:introspect-refresh` as well; without it they are inactive.',
    security: [],
  })
  @ApiResponse({ status: 200, type: IntrospectionDto, description: 'What it is, or that it is not active' })
  @ApiOAuthFailures('invalid_request', 'invalid_client', 'access_denied')
  async post(
    @Form() form: FormBody,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Caller() caller: CallerFacts,
  ): Promise<ActiveToken | typeof INACTIVE> {
    const client = presentedClient(request, form);
    const token = form.required('token');
    // A hint, of which we have no need: the forms of our tokens differ (RFC 7662 §2.1).
    form.one('token_type_hint');
    const account = await this.authenticate.run(client, caller);
    const answer = await this.introspect.run(token, account);
    const { clientId } = account;
    this.audit.record({ kind: 'token.introspected', clientId, ...caller, details: { active: answer.active } });
    void reply.header('cache-control', answer.active ? this.keepFor(answer.exp) : 'no-store');
    return answer;
  }

  /** Shortly, for a revocation is not seen meanwhile; and never beyond the end of the token. */
  private keepFor(exp: number): string {
    const seconds = Math.max(0, Math.min(this.cacheSeconds, exp - this.clock.nowSeconds()));
    return seconds === 0 ? 'no-store' : `private, max-age=${seconds}`;
  }
}
