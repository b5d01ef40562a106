import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, Max, Min } from 'class-validator';
import { PolicyFactsDto, VersionToReplace } from './policy-facts.dto.js';
import { LIMIT_POLICIES, type LimitPolicy } from '../../sign-in/session-settings.js';

const NINETY_DAYS = 7_776_000;

export class SessionPolicyDto {
  @ApiProperty({ minimum: 1, maximum: 1000, example: 5, description: 'Sessions a person may have at a time.' })
  @IsInt()
  @Min(1)
  @Max(1_000)
  max_sessions_per_user!: number;

  @ApiProperty({
    minimum: 60,
    maximum: NINETY_DAYS,
    example: 86400,
    description: 'A session ends when untouched this long.',
  })
  @IsInt()
  @Min(60)
  @Max(NINETY_DAYS)
  idle_seconds!: number;

  @ApiProperty({ minimum: 60, maximum: NINETY_DAYS, example: 604800, description: 'It ends this long after sign-in.' })
  @IsInt()
  @Min(60)
  @Max(NINETY_DAYS)
  absolute_seconds!: number;

  @ApiPropertyOptional({
    minimum: 60,
    maximum: NINETY_DAYS,
    example: 2592000,
    description:
      'The same after a sign-in with "remember me"; `absolute_seconds` where that is more. As configured when absent.',
  })
  @MayBeAbsent()
  @IsInt()
  @Min(60)
  @Max(NINETY_DAYS)
  remember_me_seconds?: number;

  @ApiPropertyOptional({
    enum: LIMIT_POLICIES,
    example: 'evict_oldest',
    description:
      'What a sign-in beyond the limit does: ends the oldest session, is refused, or asks which to end. As configured when absent.',
  })
  @MayBeAbsent()
  @IsIn(LIMIT_POLICIES)
  at_limit?: LimitPolicy;
}

/** `PUT /api/v1/admin/policies/session`. */
export class SetSessionPolicyRequest extends SessionPolicyDto {
  @VersionToReplace() version!: number;
}

/** Answer of `GET` and `PUT /api/v1/admin/policies/session`. */
export class SessionPolicyInForceDto extends PolicyFactsDto {
  @ApiProperty({ type: SessionPolicyDto }) policy!: SessionPolicyDto;
}
