import { AppError } from '@gatehouse/failures';
import { Unwrapped } from '@gatehouse/nest-kit';
import { Controller, Get, HttpCode, Inject, Post, Query, Req, Res, UseFilters } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../front/caller.js';
import { comesFromOwnPage } from '../front/own-pages.js';
import { PageFilter } from '../login/http/page.filter.js';
import { sendPage } from '../login/http/send-page.js';
import { Site } from '../login/site.js';
import { SIGNED_IN_PATH } from '../login/start-login.js';
import { SIGNED_OUT_PATH, SignOut } from './sign-out.js';

/** A page of another site may send the form; it may not sign anybody out (O10). */
class NotFromOwnPage extends AppError {
  readonly code = 'CSRF_FAILED';
}

/** Sign-out by the person. */
@Unwrapped()
@UseFilters(PageFilter)
@Controller('_gw')
export class LogoutController {
  constructor(
    @Inject(SignOut) private readonly signOut: SignOut,
    @Inject(Site) private readonly site: Site,
  ) {}

  /** Asks first: a link, an image or a prefetch signs nobody out. */
  @Get('logout')
  async ask(@Req() { headers }: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const session = await this.signOut.find(headers.cookie);
    if (!session) return void (await reply.redirect(SIGNED_OUT_PATH, 303));
    const target = await this.signOut.formTarget(session);
    const page = {
      title: 'Sign out?',
      paragraphs: ['You will be signed out here, in every service behind this site, and at your identity provider.'],
      button: { label: 'Sign out', action: '/_gw/logout' },
      actions: [{ label: 'Stay signed in', href: '/' }],
    };
    await sendPage(reply, this.site, 200, page, target === undefined ? [] : [target]);
  }

  @Post('logout')
  @HttpCode(200)
  async end(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const { method, headers } = request;
    if (!comesFromOwnPage(headers, this.site.origin)) throw new NotFromOwnPage('a sign-out came from elsewhere');
    const { location, setCookies } = await this.signOut.run(headers.cookie);
    for (const setCookie of setCookies) void reply.header('set-cookie', setCookie);
    if (callerOf(method, headers) !== 'api') return void (await reply.redirect(location, 303));
    // A script cannot follow a redirect to another site; it goes there itself.
    const continueAt = new URL(location, this.site.publicUrl).href;
    await reply.send({ success: true, data: { continue_at: continueAt } });
  }

  @Get(SIGNED_OUT_PATH.slice('/_gw/'.length))
  async signedOut(
    @Req() { headers }: FastifyRequest,
    @Res() reply: FastifyReply,
    @Query('state') state: unknown,
  ): Promise<void> {
    // A link leads here as well; who is signed in must not be told otherwise.
    if (await this.signOut.find(headers.cookie)) return void (await reply.redirect(SIGNED_IN_PATH, 303));
    const isReturn = this.signOut.isReturn(headers.cookie, typeof state === 'string' ? state : undefined);
    const again = [{ label: 'Sign in', href: '/_gw/login' }];
    const page = isReturn
      ? { title: 'You are signed out', paragraphs: ['Here, and at your identity provider.'], actions: again }
      : {
          title: 'You are signed out here',
          paragraphs: [
            'Your identity provider may still have you signed in. On a shared computer, sign out there too.',
          ],
          actions: again,
        };
    await sendPage(reply, this.site, 200, page);
  }
}
