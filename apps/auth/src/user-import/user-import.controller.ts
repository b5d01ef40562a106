import { Readable } from 'node:stream';
import { randomUuid } from '@gatehouse/kernel';
import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Current, type Principal } from '@gatehouse/session-validator/nest';
import { Controller, Get, HttpCode, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiBody, ApiConsumes, ApiOperation, ApiParam } from '@nestjs/swagger';
import { isUUID } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { AdminOnly, AdminWrites } from '../access/admin.decorator.js';
import { Caller, type CallerFacts } from '../access/caller.decorator.js';
import { ImportLedger } from './import-ledger.port.js';
import { boundedLines, IMPORT_LIMITS } from './import-limits.js';
import { ImportUsers } from './import-users.js';
import { NDJSON } from './http/ndjson-body.js';
import { ImportedDto, ImportProgressDto, ImportUsersQuery } from './user-import.dto.js';
import { ImportNotFound, NotLines } from './user-import.errors.js';

@AdminOnly()
@Controller('api/v1/admin/users/import')
export class UserImportController {
  constructor(
    @Inject(ImportUsers) private readonly importUsers: ImportUsers,
    @Inject(ImportLedger) private readonly ledger: ImportLedger,
  ) {}

  @Post()
  @HttpCode(200)
  @AdminWrites()
  @ApiOperation({
    summary: 'Takes over people with the password hashes they have elsewhere',
    description:
      `One JSON object on each line: \`email\`, \`name\`, \`roles\`, \`email_verified\`, \`password_hash\`, \`created_at\`, ` +
      `\`must_reset_password\`, \`disabled\`, \`erase_at\`. At most ${IMPORT_LIMITS.lines} lines and ${IMPORT_LIMITS.bytes / 2 ** 20} MiB; send a larger ` +
      'file in parts, with one `import_id`. A line that cannot be taken is told by its number and holds up no other; sending lines again does no harm.',
  })
  @ApiConsumes(NDJSON)
  @ApiBody({ schema: { type: 'string', example: '{"email":"ada@example.com","password_hash":"$2b$12$…"}\n' } })
  @ApiData(ImportedDto, { description: 'What became of the lines' })
  @ApiFailures('VALIDATION_ERROR', 'NOT_FOUND', 'PAYLOAD_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'DEGRADED_UNAVAILABLE')
  async post(
    @Query() query: ImportUsersQuery,
    @Req() { body }: FastifyRequest,
    @Current() { userId, roles }: Principal,
    @Caller() caller: CallerFacts,
  ): Promise<ImportedDto> {
    if (!(body instanceof Readable)) throw new NotLines();
    const importId = query.import_id ?? randomUuid();
    const dryRun = query.dry_run === 'true';
    const outcome = await this.importUsers.run({
      importId,
      lines: boundedLines(body, Number(query.first_line ?? 1)),
      onConflict: query.on_conflict ?? 'skip',
      dryRun,
      importerId: userId,
      importerRoles: roles,
      ...caller,
    });
    return { import_id: importId, dry_run: dryRun, ...outcome, failures: [...outcome.failures] };
  }

  @Get(':importId')
  @ApiParam({ name: 'importId', schema: { type: 'string', format: 'uuid' } })
  @ApiOperation({ summary: 'How far an import has come' })
  @ApiData(ImportProgressDto)
  @ApiFailures('NOT_FOUND', 'DEGRADED_UNAVAILABLE')
  async get(@Param('importId') importId: string): Promise<ImportProgressDto> {
    const record = isUUID(importId) ? await this.ledger.find(importId.toLowerCase()) : undefined;
    if (!record) throw new ImportNotFound();
    const { id, startedBy, dryRun, startedAtMs, updatedAtMs, created, updated, skipped, failed } = record;
    return {
      import_id: id,
      dry_run: dryRun,
      started_by: startedBy,
      started_at: new Date(startedAtMs).toISOString(),
      updated_at: new Date(updatedAtMs).toISOString(),
      created,
      updated,
      skipped,
      failed,
    };
  }
}
