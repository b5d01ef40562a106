import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Current, type Principal } from '@gatehouse/session-validator/nest';
import { Body, Controller, Delete, Get, Headers, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiAccessFailures } from '../../access/api-access-failures.decorator.js';
import { Caller, type CallerFacts } from '../../access/caller.decorator.js';
import { AsksFreshSignIn } from '../../accounts/asks-fresh-sign-in.decorator.js';
import { Idempotent } from '../../idempotency/idempotent.decorator.js';
import { StartInBrowser } from '../browser/start-in-browser.js';
import { TransactionCookies } from '../browser/transaction-cookie.js';
import { IdentityNotFound } from '../federation.errors.js';
import { IdentityStore } from '../identities/identity-store.port.js';
import { UnlinkIdentity } from '../identities/unlink-identity.js';
import { LinkRequest, LinkStartedDto } from './browser.dto.js';
import { IdentityListDto, UnlinkedDto } from './identities.dto.js';

const IDENTITY_ID = /^[0-9a-f]{32}$/;

@ApiTags('Identities')
@ApiBearerAuth()
@ApiAccessFailures()
@Controller('api/v1/auth/identities')
export class IdentitiesController {
  constructor(
    @Inject(IdentityStore) private readonly identities: IdentityStore,
    @Inject(UnlinkIdentity) private readonly unlinkIdentity: UnlinkIdentity,
    @Inject(StartInBrowser) private readonly starting: StartInBrowser,
    @Inject(TransactionCookies) private readonly cookies: TransactionCookies,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Who you are at identity providers' })
  @ApiData(IdentityListDto)
  @ApiFailures('DEGRADED_UNAVAILABLE')
  async list(@Current() { userId }: Principal): Promise<IdentityListDto> {
    const identities = (await this.identities.list(userId)).map((identity) => ({
      id: identity.id,
      provider: identity.provider,
      label: identity.label,
      granted_roles: [...identity.grantedRoles],
      linked_at: new Date(identity.linkedAtMs).toISOString(),
      last_used_at: new Date(identity.lastUsedAtMs).toISOString(),
    }));
    return { identities };
  }

  @Post(':provider/start')
  @HttpCode(200)
  @AsksFreshSignIn()
  @ApiParam({ name: 'provider', schema: { type: 'string', example: 'entra' } })
  @ApiOperation({
    summary: 'Begins to link an identity',
    description:
      'To be called by the page itself, so that its browser keeps the cookie of the answer, and followed by `redirect_to`. Whoever comes ' +
      'back from the provider in this browser is then linked to the caller, whose session must still be there.',
  })
  @ApiData(LinkStartedDto)
  @ApiFailures(
    'VALIDATION_ERROR',
    'IDENTITY_REFUSED',
    'PROVIDER_NOT_FOUND',
    'PROVIDER_UNAVAILABLE',
    'DEGRADED_UNAVAILABLE',
  )
  async start(
    @Param('provider') providerName: string,
    @Body() body: LinkRequest,
    @Current() { userId, sessionId }: Principal,
    @Headers('cookie') cookieHeader: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<LinkStartedDto> {
    const { redirectTo, kept } = await this.starting.run({
      providerName,
      returnTo: body.returnTo ?? '/',
      ending: { kind: 'link', userId, sessionId },
      ...(body.prompt === undefined ? {} : { prompt: body.prompt }),
      ...(body.max_age === undefined ? {} : { maxAgeSeconds: body.max_age }),
      ...(body.login_hint === undefined ? {} : { loginHint: body.login_hint }),
    });
    void reply.header('set-cookie', this.cookies.keep(kept, cookieHeader));
    return { redirect_to: redirectTo.href };
  }

  @Delete(':identityId')
  @AsksFreshSignIn()
  @Idempotent()
  @ApiParam({ name: 'identityId', schema: { type: 'string', pattern: IDENTITY_ID.source } })
  @ApiOperation({
    summary: 'Unlinks an identity',
    description:
      'The sessions that came of it end, this one excepted, and the roles it brought go. Never the last way in.',
  })
  @ApiData(UnlinkedDto)
  @ApiFailures('VALIDATION_ERROR', 'IDENTITY_NOT_FOUND', 'LAST_CREDENTIAL', 'DEGRADED_UNAVAILABLE')
  async unlink(
    @Param('identityId') identityId: string,
    @Current() { userId, sessionId }: Principal,
    @Caller() caller: CallerFacts,
  ): Promise<UnlinkedDto> {
    // A name no identity has is not put to the database.
    if (!IDENTITY_ID.test(identityId)) throw new IdentityNotFound();
    const { revocationId, sessionsEnded } = await this.unlinkIdentity.run({ userId, identityId, sessionId, ...caller });
    return { unlinked: true, sessions_ended: sessionsEnded, revocation_id: revocationId };
  }
}
