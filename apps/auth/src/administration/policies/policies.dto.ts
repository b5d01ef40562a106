import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';

const NINETY_DAYS = 7_776_000;

export class SessionPolicyDto {
  @ApiProperty({ minimum: 1, maximum: 1000, example: 5, description: 'One more displaces the oldest.' })
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
}

/** `PUT /api/v1/admin/policies/session`. */
export class SetSessionPolicyRequest extends SessionPolicyDto {
  @ApiProperty({ minimum: 0, description: 'The version that was read; 0 for the first.' })
  @IsInt()
  @Min(0)
  @Max(Number.MAX_SAFE_INTEGER - 1)
  version!: number;
}

/** Answer of `GET` and `PUT /api/v1/admin/policies/session`. */
export class SessionPolicyInForceDto {
  @ApiProperty({ type: SessionPolicyDto }) policy!: SessionPolicyDto;
  @ApiProperty({ description: '0 while the configuration holds.' }) version!: number;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) updated_at!: string | null;
  @ApiProperty({ type: Number, nullable: true, description: 'The administrator who set it.' }) updated_by!:
    number | null;
}
