import { ERROR_CODES, type ErrorCode } from '@gatehouse/contracts';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { ProblemDetails } from '../errors/problem-details.js';

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

/** The same failure for clients that ask for `application/problem+json` (RFC 9457). */
export class ProblemDetailsDto implements ProblemDetails {
  @ApiProperty({ example: 'urn:gatehouse:problem:TOKEN_EXPIRED', description: 'A name to match on, not an address' })
  type!: string;

  @ApiProperty({ description: 'The same for every problem of this type' })
  title!: string;

  @ApiProperty({ type: 'integer', minimum: 400, maximum: 599 })
  status!: number;

  @ApiPropertyOptional({ description: 'What happened this time, where there is more to say than the title' })
  detail?: string;

  @ApiProperty({ enum: ERROR_CODES })
  code!: ErrorCode;

  @ApiPropertyOptional({ type: 'object', additionalProperties: true, description: 'Facts, depending on the code' })
  details?: unknown;

  @ApiPropertyOptional({ description: 'Name of the request in our logs' })
  request_id?: string;

  @ApiPropertyOptional({ description: 'Seconds until a retry can succeed' })
  retry_after?: number;
}
