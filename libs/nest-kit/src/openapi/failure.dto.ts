import { ERROR_CODES, type ErrorCode } from '@gatehouse/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class FailureErrorDto {
  @ApiProperty({ enum: ERROR_CODES, description: 'Stable; match on this' })
  code!: ErrorCode;

  @ApiProperty({ description: 'For people; may change' })
  message!: string;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'Facts, depending on the code' })
  details?: unknown;

  @ApiPropertyOptional({ description: 'Name of the request in our logs' })
  request_id?: string;

  @ApiPropertyOptional({ description: 'Seconds until a retry can succeed' })
  retry_after?: number;
}

/** Body of every failure. */
export class FailureDto {
  @ApiProperty({ enum: [false] })
  success!: false;

  @ApiProperty({ type: FailureErrorDto })
  error!: FailureErrorDto;
}
