import { Unwrapped } from '@gatehouse/nest-kit';
import { Controller, Get, Inject, Param, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TrustedPeers } from '../front/trusted-peers.js';
import { LoginFinisher } from './finish-login.js';
import { PageFilter } from './http/page.filter.js';
import { sendPage } from './http/send-page.js';
import { loginWishOf } from './login-query.js';
import { choicePage } from './pages/choice-page.js';
import { Site } from './site.js';
import { LoginStarter, SIGNED_IN_PATH } from './start-login.js';

const MAX_USER_AGENT = 512;

/** The two ends of a login: out to the provider, and back. */
@Unwrapped()
@UseFilters(PageFilter)
@Controller('_gw')
export class LoginController {
  constructor(
    @Inject(LoginStarter) private readonly starter: LoginStarter,
    @Inject(LoginFinisher) private readonly finisher: LoginFinisher,
    @Inject(TrustedPeers) private readonly peers: TrustedPeers,
    @Inject(Site) private readonly site: Site,
  ) {}

  @Get('login')
  async start(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const wish = loginWishOf(request.query);
    const choices = this.starter.choices(wish);
    if (choices) return sendPage(reply, this.site, 200, choicePage(choices));
    const { headers, socket } = request;
    const ipAddress = this.peers.clientAddress(socket.remoteAddress, headers['x-forwarded-for']);
    const { location, setCookie } = await this.starter.run(wish, { cookies: headers.cookie, ipAddress });
    await reply.header('set-cookie', setCookie).redirect(location, 302);
  }

  @Get('callback/:provider')
  async finish(
    @Req() { url: target, headers, socket }: FastifyRequest,
    @Res() reply: FastifyReply,
    @Param('provider') provider: string,
  ): Promise<void> {
    // Counted whatever comes of it, so that a login that never lasts ends on a page.
    void reply.header('set-cookie', this.finisher.countingCookie(headers.cookie));
    const ipAddress = this.peers.clientAddress(socket.remoteAddress, headers['x-forwarded-for']);
    const userAgent = (headers['user-agent'] ?? '').slice(0, MAX_USER_AGENT);
    const login = { provider, target, cookies: headers.cookie, ipAddress, userAgent };
    const { returnTo, setCookies } = await this.finisher.run(login);
    for (const setCookie of setCookies) void reply.header('set-cookie', setCookie);
    await reply.redirect(returnTo, 303);
  }

  /** For whoever signed in without a place to go, where the site has no front page. */
  @Get(SIGNED_IN_PATH.slice('/_gw/'.length))
  async signedIn(@Res() reply: FastifyReply): Promise<void> {
    const paragraphs = ['You can close this page, or go on to where you wanted to be.'];
    const actions = [{ label: 'Sign out', href: '/_gw/logout' }];
    await sendPage(reply, this.site, 200, { title: 'You are signed in', paragraphs, actions });
  }
}
