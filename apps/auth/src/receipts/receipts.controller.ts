import { asValidatorReport } from '@gatehouse/contracts';
import { ApiData, ApiFailures, ValidationFailed } from '@gatehouse/nest-kit';
import { Current, type Principal, Public } from '@gatehouse/session-validator/nest';
import { Body, Controller, Get, HttpCode, Inject, Param, Post, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import { ApiAccessFailures } from '../access/api-access-failures.decorator.js';
import { ReceiptBoard } from './receipt-board.port.js';
import { ReceiptDto, ReportRequest, ReportTakenDto, type ValidatorReceiptDto } from './receipts.dto.js';
import { RevocationNotFound } from './receipts.errors.js';
import { ShowReceipt, type ValidatorReceipt } from './show-receipt.js';
import { StreamTokenGuard } from './stream-token.guard.js';

const ADMIN = 'admin';
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

@ApiTags('Revocations')
@Controller('api/v1/revocations')
export class ReceiptsController {
  constructor(
    @Inject(ShowReceipt) private readonly showReceipt: ShowReceipt,
    @Inject(ReceiptBoard) private readonly board: ReceiptBoard,
  ) {}

  // Public to the guards: services report, with the token they read the stream with, which names nobody.
  @Public()
  @UseGuards(StreamTokenGuard)
  @Post('receipts')
  @HttpCode(200)
  @ApiBearerAuth()
  @ApiOperation({
    summary: 'Takes in how far a validator has come',
    description:
      'Sent once a second by validators that read the feed as server-sent events. Asks for `REVOCATION_STREAM_TOKEN`, not for an ' +
      'access token. Has a limit of its own.',
  })
  @ApiData(ReportTakenDto, { description: 'It is taken in' })
  @ApiFailures(
    'VALIDATION_ERROR',
    'TOKEN_MISSING',
    'TOKEN_INVALID',
    'FORBIDDEN',
    'RATE_LIMITED',
    'OVERLOADED',
    'SESSION_ERROR',
  )
  async report(@Body() body: ReportRequest): Promise<ReportTakenDto> {
    const report = asValidatorReport(body);
    if (!report) throw new ValidationFailed([{ field: 'marks', rule: 'consistentReport' }]);
    await this.board.post(report);
    return { taken: true };
  }

  @Get(':id')
  @ApiBearerAuth()
  @ApiAccessFailures()
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiOperation({
    summary: 'Who enforces a revocation, and since when',
    description:
      'For the person whose session it ended, and for administrators. Kept for as long as a token could still have been ' +
      'accepted; 404 afterwards. Validators report once a second.',
  })
  @ApiData(ReceiptDto)
  @ApiFailures('NOT_FOUND', 'SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async get(@Param('id') revocationId: string, @Current() { userId, roles }: Principal): Promise<ReceiptDto> {
    if (!UUID.test(revocationId)) throw new RevocationNotFound();
    const asker = { userId, isAdmin: roles.includes(ADMIN) };
    const { scope, reason, entries, sequence, complete, validators } = await this.showReceipt.run({
      revocationId,
      asker,
    });
    return {
      revocation_id: revocationId,
      scope,
      reason,
      entries,
      sequence: sequence ?? null,
      complete,
      validators: validators.map(toDto),
    };
  }
}

function toDto({ validator, appliedAtMs }: ValidatorReceipt): ValidatorReceiptDto {
  const { id, service, expected } = validator;
  return {
    instance_id: id,
    service: service === '' ? null : service,
    applied: appliedAtMs !== undefined,
    applied_at: typeof appliedAtMs === 'number' ? new Date(appliedAtMs).toISOString() : null,
    expected,
  };
}
