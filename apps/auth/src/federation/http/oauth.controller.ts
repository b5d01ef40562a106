import { Clock } from '@gatehouse/kernel';
import { ApiData, ApiFailures, Unwrapped, ValidationFailed } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Controller, Get, Headers, HttpCode, Inject, Param, Query, Req, Res, UseFilters } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Caller, type CallerFacts } from '../../access/caller.decorator.js';
import { ExchangeCodes } from '../browser/exchange-codes.js';
import { FinishInBrowser, type Returned } from '../browser/finish-in-browser.js';
import { StartInBrowser } from '../browser/start-in-browser.js';
import { type BrowserTransaction, type Ending, TransactionCookies } from '../browser/transaction-cookie.js';
import { OAuthStateLost } from '../federation.errors.js';
import { OAUTH_PATH } from '../federation-paths.js';
import { LinkIdentity } from '../identities/link-identity.js';
import { IdentityProviders } from '../providers/identity-providers.js';
import { ProviderListDto, StartQuery } from './browser.dto.js';
import { BrowserEntry } from './browser-entry.js';
import { OAuthPageFilter, PAGE_SETTINGS, type PageSettings } from './oauth-page.filter.js';

const PROVIDER = { name: 'provider', schema: { type: 'string', example: 'entra' } } as const;

@Public()
@UseFilters(OAuthPageFilter)
@ApiTags('Identities')
@Controller('api/v1/auth/oauth')
export class OAuthController {
  constructor(
    @Inject(IdentityProviders) private readonly providers: IdentityProviders,
    @Inject(StartInBrowser) private readonly starting: StartInBrowser,
    @Inject(FinishInBrowser) private readonly finishing: FinishInBrowser,
    @Inject(TransactionCookies) private readonly cookies: TransactionCookies,
    @Inject(ExchangeCodes) private readonly codes: ExchangeCodes,
    @Inject(BrowserEntry) private readonly entry: BrowserEntry,
    @Inject(LinkIdentity) private readonly link: LinkIdentity,
    @Inject(PAGE_SETTINGS) private readonly settings: PageSettings,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Identity providers people can sign in with', security: [] })
  @ApiData(ProviderListDto)
  @ApiFailures('VALIDATION_ERROR', 'RATE_LIMITED')
  list(): ProviderListDto {
    const providers = this.providers.list().map(({ name, rules }) => ({
      name,
      display_name: rules.displayName,
      start: `${OAUTH_PATH}/${name}/start`,
    }));
    return { providers };
  }

  @Get(':provider/start')
  @HttpCode(303)
  @Unwrapped()
  @ApiParam(PROVIDER)
  @ApiOperation({
    summary: 'Goes to a provider to sign in',
    description: 'For browsers: a link leads here. What went wrong is shown as a page to whoever accepts `text/html`.',
    security: [],
  })
  @ApiResponse({ status: 303, description: 'To the provider' })
  @ApiResponse({ status: '2XX', description: 'Never' })
  @ApiFailures('VALIDATION_ERROR', 'PROVIDER_NOT_FOUND', 'IDENTITY_REFUSED', 'PROVIDER_UNAVAILABLE', 'RATE_LIMITED')
  async start(
    @Param('provider') providerName: string,
    @Query() query: StartQuery,
    @Headers('cookie') cookieHeader: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const { redirectTo, kept } = await this.starting.run({
      providerName,
      returnTo: query.returnTo ?? '/',
      ending: this.endingFor(query),
      ...(query.prompt === undefined ? {} : { prompt: query.prompt }),
      ...(query.max_age === undefined ? {} : { maxAgeSeconds: query.max_age }),
      ...(query.login_hint === undefined ? {} : { loginHint: query.login_hint }),
    });
    void reply.header('set-cookie', this.cookies.keep(kept, cookieHeader)).header('location', redirectTo.href);
    return '';
  }

  @Get(':provider/callback')
  @HttpCode(303)
  @Unwrapped()
  @ApiParam(PROVIDER)
  @ApiOperation({
    summary: 'Comes back from a provider',
    description:
      'To be registered at the provider as redirect URI. Leads to the path the sign-in was begun with: with session cookies, or with ' +
      '`#oauth_code=…`, which the application exchanges.',
    security: [],
  })
  @ApiResponse({ status: 303, description: 'To the application' })
  @ApiResponse({ status: '2XX', description: 'Never' })
  @ApiFailures(
    'OAUTH_STATE',
    'IDENTITY_REFUSED',
    'SIGN_UP_CLOSED',
    'ACCOUNT_DISABLED',
    'PROVIDER_NOT_FOUND',
    'LINK_REQUIRED',
    'IDENTITY_TAKEN',
    'SESSION_LIMIT',
    'RATE_LIMITED',
    'PROVIDER_UNAVAILABLE',
    'SESSION_ERROR',
    'DEGRADED_UNAVAILABLE',
  )
  async callback(
    @Param('provider') providerName: string,
    @Req() request: FastifyRequest,
    @Caller() caller: CallerFacts,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<string> {
    const at = request.url.indexOf('?');
    const search = at < 0 ? '' : request.url.slice(at);
    const [state, ...others] = new URLSearchParams(search).getAll('state');
    if (state === undefined || others.length > 0) throw new OAuthStateLost();
    // Whatever comes of it, it is not to be tried again.
    void reply.header('set-cookie', this.cookies.forget(state));
    const kept = this.cookies.find(request.headers.cookie, state, this.clock.nowMs());
    const returned = await this.finishing.run(providerName, search, kept);
    if (!kept) throw new OAuthStateLost();
    const fragment = await this.end(kept, returned, request, reply, caller);
    void reply.header('location', `${this.settings.appUrl}${kept.returnTo}${fragment}`);
    return '';
  }

  private async end(
    { ending }: BrowserTransaction,
    returned: Returned,
    request: FastifyRequest,
    reply: FastifyReply,
    caller: CallerFacts,
  ): Promise<string> {
    switch (ending.kind) {
      case 'code':
        return `#oauth_code=${this.codes.mint(returned.provider, returned.identity, ending.challenge)}`;
      case 'link':
        await this.link.run({ ...returned, userId: ending.userId, sessionId: ending.sessionId, ...caller });
        return '';
      case 'cookies':
        void reply.header('set-cookie', await this.entry.run(returned, request, caller));
        return '';
    }
  }

  private endingFor({ code_challenge: challenge }: StartQuery): Ending {
    if (challenge !== undefined) return { kind: 'code', challenge };
    if (this.entry.isOpen) return { kind: 'cookies' };
    throw new ValidationFailed([{ field: 'code_challenge', rule: 'neededWithoutCookies' }]);
  }
}
