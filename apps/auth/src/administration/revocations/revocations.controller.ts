import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { type ListedRevocation, RevocationOutbox } from '@gatehouse/revocation-log';
import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { type Actor, Administrator } from '../../access/actor.decorator.js';
import { AdminOnly, AdminWrites } from '../../access/admin.decorator.js';
import { Idempotent } from '../../idempotency/idempotent.decorator.js';
import { limitOf } from '../page-query.dto.js';
import { OrderRevocation } from './order-revocation.js';
import {
  OrderedRevocationDto,
  OrderRevocationRequest,
  type RevocationDto,
  RevocationListDto,
  RevocationListQuery,
} from './revocations.dto.js';

@AdminOnly('admin:revocations')
@Controller('api/v1/admin/revocations')
export class AdminRevocationsController {
  constructor(
    @Inject(OrderRevocation) private readonly orderRevocation: OrderRevocation,
    @Inject(RevocationOutbox) private readonly outbox: RevocationOutbox,
  ) {}

  @Post()
  @HttpCode(200)
  @AdminWrites()
  @Idempotent()
  @ApiOperation({
    summary: 'Ends what a scope names, everywhere',
    description:
      '`sid` and `sub` end sessions. `jti`, `client`, `device` and `before` end access tokens; the sessions they belong to stay ' +
      'and can refresh. A key in use is withdrawn at `/api/v1/admin/keys`.',
  })
  @ApiData(OrderedRevocationDto, { description: 'In force' })
  @ApiFailures(
    'VALIDATION_ERROR',
    'BEYOND_OWN_RIGHTS',
    'USER_NOT_FOUND',
    'CONFLICT',
    'SESSION_ERROR',
    'DEGRADED_UNAVAILABLE',
  )
  async post(@Body() body: OrderRevocationRequest, @Administrator() actor: Actor): Promise<OrderedRevocationDto> {
    const revocationId = await this.orderRevocation.run({
      scope: body.scope,
      value: body.value,
      issuedUntilMs: body.issued_until === undefined ? undefined : Date.parse(body.issued_until),
      reason: body.reason ?? 'admin',
      actor,
    });
    return { revocation_id: revocationId };
  }

  @Get()
  @ApiOperation({ summary: 'Revocations that can still matter' })
  @ApiData(RevocationListDto)
  @ApiFailures('VALIDATION_ERROR', 'DEGRADED_UNAVAILABLE')
  async list(@Query() query: RevocationListQuery): Promise<RevocationListDto> {
    const limit = limitOf(query);
    const found = await this.outbox.page({
      limit: limit + 1,
      ...(query.cursor === undefined ? {} : { beforePosition: Number(query.cursor) }),
      ...(query.scope === undefined ? {} : { scope: query.scope }),
      ...(query.value === undefined ? {} : { value: query.value }),
      ...(query.reason === undefined ? {} : { reason: query.reason }),
    });
    const page = found.slice(0, limit);
    const last = page.at(-1);
    return {
      revocations: page.map(toDto),
      next_cursor: found.length > limit && last ? String(last.position) : null,
    };
  }
}

function toDto({ entry, userId, deliveredAtMs }: ListedRevocation): RevocationDto {
  return {
    revocation_id: entry.id,
    scope: entry.scope,
    value: entry.value,
    cutoff: entry.cutoff,
    reason: entry.reason,
    user_id: userId,
    until: new Date(entry.untilMs).toISOString(),
    delivered: deliveredAtMs !== null,
  };
}
