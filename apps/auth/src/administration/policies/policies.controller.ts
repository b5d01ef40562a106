import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Body, Controller, Get, Inject, Put } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { type Actor, Administrator } from '../../access/actor.decorator.js';
import { AdminOnly, AdminWrites } from '../../access/admin.decorator.js';
import { SessionPolicyInForceDto, SetSessionPolicyRequest } from './policies.dto.js';
import { type InForce, PolicyKeeper } from './policy-keeper.js';

@AdminOnly('admin:policies')
@Controller('api/v1/admin/policies')
export class PoliciesController {
  constructor(@Inject(PolicyKeeper) private readonly keeper: PolicyKeeper) {}

  @Get('session')
  @ApiOperation({ summary: 'How long sessions last, and how many a person may have' })
  @ApiData(SessionPolicyInForceDto)
  @ApiFailures('DEGRADED_UNAVAILABLE')
  async session(): Promise<SessionPolicyInForceDto> {
    return toDto(await this.keeper.session());
  }

  @Put('session')
  @AdminWrites()
  @ApiOperation({
    summary: 'Sets how long sessions last, and how many a person may have',
    description: 'For sessions opened from then on; at all instances within some seconds.',
  })
  @ApiData(SessionPolicyInForceDto)
  @ApiFailures('VALIDATION_ERROR', 'POLICY_CHANGED', 'DEGRADED_UNAVAILABLE')
  async setSession(
    @Body() { version, ...policy }: SetSessionPolicyRequest,
    @Administrator() actor: Actor,
  ): Promise<SessionPolicyInForceDto> {
    return toDto(await this.keeper.setSession(policy, version, actor));
  }
}

function toDto({ policy, version, updatedAtMs, updatedBy }: InForce): SessionPolicyInForceDto {
  return {
    policy: { ...policy },
    version,
    updated_at: updatedAtMs === null ? null : new Date(updatedAtMs).toISOString(),
    updated_by: updatedBy,
  };
}
