import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Current, type Principal, Public } from '@gatehouse/session-validator/nest';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiAccessFailures } from '../access/api-access-failures.decorator.js';
import { Caller, type CallerFacts } from '../access/caller.decorator.js';
import { Idempotent } from '../idempotency/idempotent.decorator.js';
import { LimitPasswordAttempts } from '../limits/sign-in-limit.guard.js';
import { TokenRequest } from './account-token.dto.js';
import { ErasureDto, ExportDto, ExportTicketDto, RestoredDto } from './account.dto.js';
import { AsksFreshSignIn } from './asks-fresh-sign-in.decorator.js';
import { RequestErasure } from './erasure/request-erasure.js';
import { RestoreAccount } from './erasure/restore-account.js';
import { ExportAccount } from './personal-records/export-account.js';

@ApiTags('Account')
@Controller('api/v1/auth/account')
export class AccountController {
  constructor(
    @Inject(ExportAccount) private readonly exportAccount: ExportAccount,
    @Inject(RequestErasure) private readonly requestErasure: RequestErasure,
    @Inject(RestoreAccount) private readonly restoreAccount: RestoreAccount,
  ) {}

  @Post('export')
  @HttpCode(202)
  @AsksFreshSignIn()
  @ApiBearerAuth()
  @ApiAccessFailures()
  @ApiOperation({
    summary: 'Asks for everything that is held about you',
    description: 'An earlier export stops working.',
  })
  @ApiData(ExportTicketDto, { status: 202, description: 'Fetch it within the hour' })
  @ApiFailures('SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async orderExport(@Current() { userId }: Principal, @Caller() caller: CallerFacts): Promise<ExportTicketDto> {
    const { id, expiresAtMs } = await this.exportAccount.order({ userId, ...caller });
    return { export_id: id, expires_at: new Date(expiresAtMs).toISOString() };
  }

  @Get('export/:id')
  @AsksFreshSignIn()
  @ApiBearerAuth()
  @ApiAccessFailures()
  @ApiOperation({
    summary: 'Everything that is held about you',
    description: 'As it is now: profile, sessions, activity.',
  })
  @ApiData(ExportDto)
  @ApiFailures('NOT_FOUND', 'SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  fetchExport(@Current() { userId }: Principal, @Param('id') id: string): Promise<Record<string, unknown>> {
    return this.exportAccount.fetch(userId, id);
  }

  @Delete()
  @HttpCode(202)
  @AsksFreshSignIn()
  @Idempotent()
  @ApiBearerAuth()
  @ApiAccessFailures()
  @ApiOperation({
    summary: 'Deletes your account',
    description:
      'All sessions end at once. The account is erased on the day the answer names; signing in before keeps it.',
  })
  @ApiData(ErasureDto, { status: 202, description: 'The day is set' })
  @ApiFailures('VALIDATION_ERROR', 'LAST_ADMIN', 'SESSION_ERROR', 'FEED_STALE', 'DEGRADED_UNAVAILABLE')
  async delete(@Current() { userId }: Principal, @Caller() caller: CallerFacts): Promise<ErasureDto> {
    const { eraseAtMs, revocationId } = await this.requestErasure.run({ userId, ...caller });
    return { erase_at: new Date(eraseAtMs).toISOString(), revocation_id: revocationId };
  }

  @Public()
  @Post('restore')
  @HttpCode(200)
  @LimitPasswordAttempts()
  @ApiOperation({ summary: 'Keeps an account that is to be deleted, with the link that was mailed', security: [] })
  @ApiData(RestoredDto, { description: 'The account stays; sign in to use it' })
  @ApiFailures('VALIDATION_ERROR', 'RESTORE_TOKEN_INVALID', 'RATE_LIMITED', 'DEGRADED_UNAVAILABLE')
  async restore(@Body() { token }: TokenRequest, @Caller() caller: CallerFacts): Promise<RestoredDto> {
    await this.restoreAccount.run({ token, ...caller });
    return { restored: true };
  }
}
