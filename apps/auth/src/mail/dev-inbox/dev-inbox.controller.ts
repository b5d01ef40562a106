import { Unwrapped } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InboxMailer } from '../adapters/inbox-mailer.js';
import { mustBeOnThisMachine } from './on-this-machine.js';
import { INBOX_POLICY, renderInbox } from './render-inbox.js';

/**
 * The mail of a developer's machine. Not there in production, and not where a mail server is set up. Letters hold links that are as
 * good as passwords, so only a browser on this very machine sees them.
 */
@ApiExcludeController()
@Controller('dev/inbox')
export class DevInboxController {
  constructor(@Inject(InboxMailer) private readonly inbox: InboxMailer) {}

  @Public()
  @Get()
  @Unwrapped()
  get(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): string {
    mustBeOnThisMachine(request.raw);
    void reply.type('text/html; charset=utf-8').header('content-security-policy', INBOX_POLICY);
    return renderInbox(this.inbox.letters);
  }
}
