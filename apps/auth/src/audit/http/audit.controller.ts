import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Current, type Principal } from '@gatehouse/session-validator/nest';
import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { AdminOnly } from '../../access/admin.decorator.js';
import { Caller, type CallerFacts } from '../../access/caller.decorator.js';
import { AuditLog } from '../audit-log.port.js';
import { AuditTrail } from '../audit-trail.port.js';
import { VerifyAuditLog } from '../verify/verify-audit-log.js';
import { AuditListDto, AuditListQuery, toAuditEntryDto, toAuditQuery } from './audit.dto.js';
import { AuditVerdictDto, toVerdictDto, toVerifyRequest, VerifyAuditQuery } from './verify-audit.dto.js';

/** How long one request may read: some hundred thousand events a second are usual. */
const VERIFY_BUDGET_MS = 500;

@AdminOnly('admin:audit')
@Controller('api/v1/admin/audit')
export class AuditController {
  constructor(
    @Inject(AuditTrail) private readonly trail: AuditTrail,
    @Inject(VerifyAuditLog) private readonly verifyLog: VerifyAuditLog,
    @Inject(AuditLog) private readonly audit: AuditLog,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Who did what, newest first', description: 'Reading it is an event of its own.' })
  @ApiData(AuditListDto)
  @ApiFailures('VALIDATION_ERROR', 'SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async list(
    @Query() query: AuditListQuery,
    @Current() { userId: actorId }: Principal,
    @Caller() caller: CallerFacts,
  ): Promise<AuditListDto> {
    const asked = toAuditQuery(query);
    const { entries, nextCursor } = await this.trail.page(asked);
    const whom = asked.userId === undefined ? {} : { userId: asked.userId };
    this.audit.record({ kind: 'admin.read', ...whom, actorId, ...caller, details: { what: 'audit' } });
    return { events: entries.map(toAuditEntryDto), next_cursor: nextCursor ?? null };
  }

  @Get('verify')
  @ApiOperation({
    summary: 'Whether the log is as it was written',
    description:
      'Reads for half a second at the most and then says where to go on. `npm run audit:verify` reads everything at once.',
  })
  @ApiData(AuditVerdictDto)
  @ApiFailures('VALIDATION_ERROR', 'SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async verify(
    @Query() query: VerifyAuditQuery,
    @Current() { userId: actorId }: Principal,
    @Caller() caller: CallerFacts,
  ): Promise<AuditVerdictDto> {
    const verdict = await this.verifyLog.run({ ...toVerifyRequest(query), budgetMs: VERIFY_BUDGET_MS });
    const { intact, checked } = verdict;
    this.audit.record({ kind: 'admin.read', actorId, ...caller, details: { what: 'audit_verify', intact, checked } });
    return toVerdictDto(verdict);
  }
}
