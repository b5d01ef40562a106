import { Unwrapped } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { mustBeOnThisMachine } from './on-this-machine.js';
import { LINK_PAGES, LINK_POLICY, type LinkPage, renderFrontPage, renderLinkPage } from './render-link-page.js';

/**
 * Stand for the pages of the application that links in mail lead to, where there is no application: beside the inbox, and only while
 * `APP_URL` is the service itself. The token of a link stays behind `#`, where no server sees it.
 */
@ApiExcludeController()
@Controller()
export class DevPagesController {
  @Public()
  @Get()
  @Unwrapped()
  front(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    return show(renderFrontPage(), request, reply);
  }

  @Public()
  @Get('verify-email')
  @Unwrapped()
  verifyEmail(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    return showLink(LINK_PAGES.verifyEmail, request, reply);
  }

  @Public()
  @Get('reset-password')
  @Unwrapped()
  resetPassword(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    return showLink(LINK_PAGES.resetPassword, request, reply);
  }

  @Public()
  @Get('restore-account')
  @Unwrapped()
  restoreAccount(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    return showLink(LINK_PAGES.restoreAccount, request, reply);
  }
}

const showLink = (page: LinkPage, request: FastifyRequest, reply: FastifyReply) =>
  show(renderLinkPage(page), request, reply);

function show(page: string, request: FastifyRequest, reply: FastifyReply): string {
  mustBeOnThisMachine(request.raw);
  void reply.type('text/html; charset=utf-8').header('content-security-policy', LINK_POLICY);
  return page;
}
