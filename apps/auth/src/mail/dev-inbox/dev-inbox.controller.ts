import { AppError } from '@gatehouse/failures';
import { Unwrapped } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { InboxMailer } from '../adapters/inbox-mailer.js';
import { INBOX_POLICY, renderInbox } from './render-inbox.js';

class NothingHere extends AppError {
  readonly code = 'NOT_FOUND';
}

const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;
const LOCAL_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i;

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
    if (!isLocal(request)) throw new NothingHere('the inbox is shown on this machine only');
    void reply.type('text/html; charset=utf-8').header('content-security-policy', INBOX_POLICY);
    return renderInbox(this.inbox.letters);
  }
}

/**
 * The peer itself, whatever proxies say; one that speaks for others does not count. And by a local name: a page elsewhere whose
 * name has been pointed at this machine (DNS rebinding) must not read it.
 */
function isLocal({ raw }: FastifyRequest): boolean {
  const { host = '', forwarded, 'x-forwarded-for': forwardedFor } = raw.headers;
  const isDirect = forwarded === undefined && forwardedFor === undefined;
  return isDirect && LOOPBACK.test(raw.socket.remoteAddress ?? '') && LOCAL_HOST.test(host);
}
