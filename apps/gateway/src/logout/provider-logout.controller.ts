import { Unwrapped } from '@gatehouse/nest-kit';
import { Body, Controller, Get, Inject, Param, Post, Query, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { FormText } from './form-text.js';
import { LogoutNotUnderstood, ProviderLogout } from './provider-logout.js';
import { LogoutFilter } from './http/logout.filter.js';

/** Anybody may frame it: it says nothing, and a provider shows it in a frame of its own sign-out page. */
const EMBEDDABLE = "default-src 'none'; frame-ancestors *";

/** Sign-out by the provider. */
@Unwrapped()
@Controller('_gw/oidc/:provider')
export class ProviderLogoutController {
  constructor(@Inject(ProviderLogout) private readonly logout: ProviderLogout) {}

  @Post('backchannel')
  @UseFilters(LogoutFilter)
  async backChannel(
    @Param('provider') provider: string,
    @Body() form: unknown,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (!(form instanceof FormText)) throw new LogoutNotUnderstood('it is no form');
    await this.logout.byToken(provider, form.all('logout_token'));
    await reply.status(200).send();
  }

  @Get('frontchannel')
  @UseFilters(LogoutFilter)
  async frontChannel(
    @Param('provider') provider: string,
    @Query() query: Record<string, unknown>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.logout.bySid(provider, query);
    await reply
      .status(200)
      .headers({ 'content-security-policy': EMBEDDABLE, 'content-type': 'text/html; charset=utf-8' })
      .removeHeader('x-frame-options')
      .header('cross-origin-resource-policy', 'cross-origin')
      .send('<!doctype html><title>Signed out</title>');
  }
}
