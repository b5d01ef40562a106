import { ApiFailures, Unwrapped } from '@gatehouse/nest-kit';
import { closeOnRevoked, Current, type Principal, SessionValidator } from '@gatehouse/session-validator/nest';
import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiAccessFailures } from '../access/api-access-failures.decorator.js';
import { EventStreams, sessionEnded } from './event-streams.js';

@ApiTags('Sessions')
@ApiBearerAuth()
@ApiAccessFailures()
@Controller('api/v1/sessions')
export class SessionEventsController {
  constructor(
    @Inject(EventStreams) private readonly streams: EventStreams,
    @Inject(SessionValidator) private readonly validator: SessionValidator,
  ) {}

  @Unwrapped()
  @Get('events')
  @ApiOperation({
    summary: 'What happens to your sessions, as it happens',
    description:
      'Server-sent events: `connected`, then `session.created`, `session.revoked` and `session.evicted` of your own sessions. ' +
      '`missed` says that some may be missing: ask for the list again, as after each connection. Ends with `session-ended` when ' +
      'the session or the token is over.',
  })
  @ApiProduces('text/event-stream')
  @ApiResponse({ status: 200, description: 'The stream', content: { 'text/event-stream': {} } })
  @ApiFailures('OVERLOADED', 'FEED_STALE')
  get(@Current() principal: Principal, @Res() reply: FastifyReply): void {
    const begin = this.streams.reserve(principal);
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies that collect a response before they pass it on would hold back every event.
      'x-accel-buffering': 'no',
    });
    begin(reply.raw);
    closeOnRevoked(this.validator, principal, reply.raw, { farewell: sessionEnded });
  }
}
