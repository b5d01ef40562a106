import { FEED_START } from '@gatehouse/contracts';
import { ApiFailures, Unwrapped } from '@gatehouse/nest-kit';
import { Public } from '@gatehouse/session-validator/nest';
import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiProduces, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Bearer } from '../../access/bearer.decorator.js';
import { RevocationStreams } from './revocation-streams.js';
import { StreamAccess } from './stream-access.js';

const POSITION = /^\d{1,16}-\d{1,16}$/;

@ApiTags('Revocations')
@Controller('api/v1/revocations')
export class StreamController {
  constructor(
    @Inject(RevocationStreams) private readonly streams: RevocationStreams,
    @Inject(StreamAccess) private readonly access: StreamAccess,
  ) {}

  // Public to the guards: services read it, with a token of their own that names nobody.
  @Public()
  @Unwrapped()
  @Get('stream')
  @ApiBearerAuth()
  @ApiProduces('text/event-stream')
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Position after which to begin; else the start' })
  @ApiOperation({
    summary: 'The revocation feed as server-sent events',
    description:
      'The log from the position on, then the event `caught-up`, then each record as it is appended; a heartbeat comes every ' +
      'second. Asks for `REVOCATION_STREAM_TOKEN`, not for an access token.',
  })
  @ApiResponse({ status: 200, description: 'A stream that does not end', content: { 'text/event-stream': {} } })
  @ApiFailures(
    'VALIDATION_ERROR',
    'TOKEN_MISSING',
    'TOKEN_INVALID',
    'FORBIDDEN',
    'RATE_LIMITED',
    'OVERLOADED',
    'SESSION_ERROR',
  )
  async get(
    @Bearer() token: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.access.check(token);
    const from = lastEventId !== undefined && POSITION.test(lastEventId) ? lastEventId : FEED_START;
    const stream = await this.streams.start(from);
    reply.hijack();
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies that collect a response before they pass it on would hold back every revocation.
      'x-accel-buffering': 'no',
    });
    await stream.pipe(reply.raw);
  }
}
