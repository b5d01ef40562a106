import { Readable } from 'node:stream';
import { ApiFailures, Unwrapped, ValidationFailed } from '@gatehouse/nest-kit';
import { Current, type Principal, SessionValidator } from '@gatehouse/session-validator/nest';
import { Controller, Get, Inject, Logger, Query, Req, Res, StreamableFile, UseGuards } from '@nestjs/common';
import { ApiOperation, ApiProduces, ApiResponse } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { TokenRefused } from '../access/access.errors.js';
import { type Actor, Administrator } from '../access/actor.decorator.js';
import { AdminOnly } from '../access/admin.decorator.js';
import { StandingGuard } from '../access/standing.guard.js';
import { NDJSON } from '../user-import/http/ndjson-body.js';
import { ExportUsers } from './export-users.js';
import { ExportUsersQuery } from './user-export.dto.js';
import { UserExportGuard } from './user-export.guard.js';

const FILE = { type: NDJSON, disposition: 'attachment; filename="users.ndjson"' };

@AdminOnly('admin:users')
@Controller('api/v1/admin/users/export')
export class UserExportController {
  private readonly logger = new Logger('UserExport');

  constructor(
    @Inject(ExportUsers) private readonly exportUsers: ExportUsers,
    @Inject(SessionValidator) private readonly validator: SessionValidator,
  ) {}

  @Get()
  @Unwrapped()
  @UseGuards(UserExportGuard, StandingGuard)
  @ApiOperation({
    summary: 'Everybody, as the import takes them',
    description:
      'One JSON object on each line, in the order of ids. Takes `admin:users`; with `password_hashes=true` the role `admin` and a fresh ' +
      'sign-in. It is whole when the response ends as a chunked one does (RFC 9112 §8): when the database, the service or the session ' +
      'behind the token goes away meanwhile, the connection is cut before that.',
  })
  @ApiProduces(NDJSON)
  @ApiResponse({
    status: 200,
    description: 'The lines',
    content: { [NDJSON]: { schema: { type: 'string', example: '{"email":"ada@example.com","roles":["user"]}\n' } } },
  })
  @ApiFailures('VALIDATION_ERROR', 'STEP_UP_REQUIRED', 'DEGRADED_UNAVAILABLE')
  async get(
    @Query() query: ExportUsersQuery,
    @Administrator() actor: Actor,
    @Current() principal: Principal,
    @Req() { method, raw: { httpVersionMajor, httpVersionMinor } }: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    // HTTP/1.0 has no chunks: its end is the end of the connection, and half of everybody would look like all of them.
    if (httpVersionMajor === 1 && httpVersionMinor === 0) {
      throw new ValidationFailed([{ field: 'http_version', rule: 'isAtLeast1.1' }]);
    }
    // Nothing is handed out, so nothing is read.
    if (method === 'HEAD') return new StreamableFile(Readable.from([]), FILE);
    const withHashes = query.password_hashes === 'true';
    const lines = Readable.from(await this.exportUsers.run({ withHashes, actor }), { objectMode: false });
    this.tie(lines, principal, reply);
    return new StreamableFile(lines, FILE);
  }

  /**
   * The export ends with the token behind it, and so at the latest when that expires, whatever its reader does; never as if it were
   * whole.
   */
  private tie(lines: Readable, principal: Principal, { raw }: FastifyReply): void {
    const unwatch = this.validator.watch(principal, (reason) => lines.destroy(new TokenRefused(reason)));
    lines.once('close', unwatch);
    lines.once('error', ({ message }) => this.logger.warn(`an export of users was cut: ${message}`));
    // Gone while the first page was read: no event will tell.
    if (raw.destroyed) lines.destroy();
  }
}
