import {
  ACTIVITY_MAX_ADDRESSES,
  ACTIVITY_MAX_AGO_MS,
  ACTIVITY_MAX_REQUESTS,
  ACTIVITY_MAX_SESSIONS,
  INSTANCE_PATTERN,
  type ReportedActivity,
} from '@gatehouse/contracts';
import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsInt, Matches, Max, Min } from 'class-validator';

export class ReportedActivityDto implements ReportedActivity {
  @ApiProperty({ example: 456 }) userId!: number;
  @ApiProperty({ pattern: '^[0-9a-f]{64}$', example: 'a'.repeat(64) }) sessionId!: string;
  @ApiProperty({ minimum: 1, maximum: ACTIVITY_MAX_REQUESTS, example: 12 }) requests!: number;
  @ApiProperty({
    minimum: 0,
    maximum: ACTIVITY_MAX_AGO_MS,
    example: 1_500,
    description: 'How long before this was sent the last of them came, in ms.',
  })
  agoMs!: number;
  @ApiProperty({ type: [String], maxItems: ACTIVITY_MAX_ADDRESSES, example: ['192.0.2.1'] }) ipAddresses!: string[];
}

/** `POST /api/v1/sessions/activity`: what a validator without Redis has counted. The contract judges it as a whole. */
export class ActivityRequest {
  @ApiProperty({
    format: 'uuid',
    example: '0b0e3c9a-6a3c-4a9e-9d55-1b1f4a8a8f00',
    description: 'Names the validator for as long as it lives. Keep it to yourself.',
  })
  @Matches(INSTANCE_PATTERN)
  instance!: string;

  @ApiProperty({ example: 1, description: 'From 1 on. Sent again under the same number, it is counted once.' })
  @IsInt()
  @Min(1)
  @Max(Number.MAX_SAFE_INTEGER)
  batch!: number;

  @ApiProperty({
    type: [ReportedActivityDto],
    minItems: 1,
    maxItems: ACTIVITY_MAX_SESSIONS,
    example: [{ userId: 456, sessionId: 'a'.repeat(64), requests: 12, agoMs: 1_500, ipAddresses: ['192.0.2.1'] }],
    description: 'Each session once.',
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(ACTIVITY_MAX_SESSIONS)
  sessions!: ReportedActivityDto[];
}

export class ActivityTakenDto {
  @ApiProperty({ enum: [true] }) taken!: true;
}
