import { ApiData, ApiFailures } from '@gatehouse/nest-kit';
import { Body, Controller, Get, Inject, Put } from '@nestjs/common';
import { ApiOperation } from '@nestjs/swagger';
import { type Actor, Administrator } from '../../access/actor.decorator.js';
import { AdminOnly, AdminWrites } from '../../access/admin.decorator.js';
import type { PasswordPolicyDocument } from './live-password-rules.js';
import { PasswordPolicyInForceDto, SetPasswordPolicyRequest } from './password-policy.dto.js';
import { SessionPolicyInForceDto, SetSessionPolicyRequest } from './policies.dto.js';
import type { InForce } from './policy-keeper.js';
import { RateLimitsPolicyInForceDto, SetRateLimitsPolicyRequest } from './rate-limits-policy.dto.js';
import type { PolicyRoom } from './wire-policies.js';

export const POLICIES = Symbol('policies');

@AdminOnly('admin:policies')
@Controller('api/v1/admin/policies')
export class PoliciesController {
  constructor(@Inject(POLICIES) private readonly policies: PolicyRoom) {}

  @Get('session')
  @ApiOperation({ summary: 'How long sessions last, and how many a person may have' })
  @ApiData(SessionPolicyInForceDto)
  @ApiFailures('DEGRADED_UNAVAILABLE')
  async session(): Promise<SessionPolicyInForceDto> {
    const { keeper, session } = this.policies;
    return toDto(await keeper.inForce(session));
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
    const { keeper, session } = this.policies;
    return toDto(await keeper.set(session, policy, version, actor));
  }

  @Get('password')
  @ApiOperation({ summary: 'What a new password must be' })
  @ApiData(PasswordPolicyInForceDto)
  @ApiFailures('DEGRADED_UNAVAILABLE')
  async password(): Promise<PasswordPolicyInForceDto> {
    const { keeper, password } = this.policies;
    return toPasswordDto(await keeper.inForce(password));
  }

  @Put('password')
  @AdminWrites()
  @ApiOperation({
    summary: 'Sets what a new password must be',
    description:
      'For passwords chosen from then on; at all instances within some seconds. Nobody is kept from signing in with an older one. ' +
      'Common passwords are refused whatever is set.',
  })
  @ApiData(PasswordPolicyInForceDto)
  @ApiFailures('VALIDATION_ERROR', 'POLICY_CHANGED', 'DEGRADED_UNAVAILABLE')
  async setPassword(
    @Body() { version, ...policy }: SetPasswordPolicyRequest,
    @Administrator() actor: Actor,
  ): Promise<PasswordPolicyInForceDto> {
    const { keeper, password } = this.policies;
    return toPasswordDto(await keeper.set(password, policy, version, actor));
  }

  @Get('rate-limits')
  @ApiOperation({ summary: 'How much of what is admitted' })
  @ApiData(RateLimitsPolicyInForceDto)
  @ApiFailures('DEGRADED_UNAVAILABLE')
  async rateLimits(): Promise<RateLimitsPolicyInForceDto> {
    const { keeper, rateLimits, limitsEnabled: enabled } = this.policies;
    return { ...toDto(await keeper.inForce(rateLimits)), enabled };
  }

  @Put('rate-limits')
  @AdminWrites()
  @ApiOperation({
    summary: 'Sets how much of what is admitted',
    description: 'At all instances within some seconds; what was admitted before counts.',
  })
  @ApiData(RateLimitsPolicyInForceDto)
  @ApiFailures('VALIDATION_ERROR', 'POLICY_CHANGED', 'DEGRADED_UNAVAILABLE')
  async setRateLimits(
    @Body() { version, ...policy }: SetRateLimitsPolicyRequest,
    @Administrator() actor: Actor,
  ): Promise<RateLimitsPolicyInForceDto> {
    const { keeper, rateLimits, limitsEnabled: enabled } = this.policies;
    return { ...toDto(await keeper.set(rateLimits, policy, version, actor)), enabled };
  }
}

function toDto<Document extends object>({ policy, version, updatedAtMs, updatedBy }: InForce<Document>) {
  return {
    policy: { ...policy },
    version,
    updated_at: updatedAtMs === null ? null : new Date(updatedAtMs).toISOString(),
    updated_by: updatedBy,
  };
}

function toPasswordDto(inForce: InForce<PasswordPolicyDocument>): PasswordPolicyInForceDto {
  const { policy, ...facts } = toDto(inForce);
  return { ...facts, policy: { ...policy, refused_words: [...policy.refused_words] } };
}
