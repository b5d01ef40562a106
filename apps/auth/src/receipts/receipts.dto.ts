import {
  INSTANCE_PATTERN,
  RECEIPT_MAX_MARKS,
  REVOCATION_REASONS,
  REVOCATION_SCOPES,
  VALIDATOR_NAME_PATTERN,
  type ReceiptMark,
  type RevocationReason,
  type RevocationScope,
} from '@gatehouse/contracts';
import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, IsArray, IsBoolean, IsIn, IsInt, IsString, Matches, Max, MaxLength, Min } from 'class-validator';

const POSITION = /^\d{1,16}-\d{1,16}$/;
const A_POSITION = { example: '1768473000123-0', pattern: POSITION.source };
const MAX_INSTANT = Number.MAX_SAFE_INTEGER;

/** `POST /api/v1/revocations/receipts`: what a validator without Redis says of itself. The contract judges it as a whole. */
export class ReportRequest {
  @ApiProperty({
    format: 'uuid',
    example: '0b0e3c9a-6a3c-4a9e-9d55-1b1f4a8a8f00',
    description: 'Names the validator for as long as it lives. Keep it to yourself.',
  })
  @Matches(INSTANCE_PATTERN)
  instance!: string;
  @ApiProperty({ example: 'orders-7d9f-abcde', pattern: VALIDATOR_NAME_PATTERN.source })
  @Matches(VALIDATOR_NAME_PATTERN)
  name!: string;
  @ApiProperty({ example: 'orders', maxLength: 64, description: 'Empty when it has no name.' })
  @IsString()
  @MaxLength(64)
  service!: string;
  @ApiProperty({ example: '0.1.0', maxLength: 32 })
  @IsString()
  @MaxLength(32)
  version!: string;
  @ApiProperty({ enum: ['sse'], description: 'Validators with Redis report there.' })
  @IsIn(['sse'])
  mode!: 'sse';
  @ApiProperty({ maxLength: 64, example: '9f2c4e7a1b3d5f60', description: 'Life of the feed all positions belong to.' })
  @IsString()
  @MaxLength(64)
  epoch!: string;
  @ApiProperty({
    ...A_POSITION,
    example: '1768473000000-0',
    description: 'Where its last report ended; `0-0` in the first of an epoch.',
  })
  @Matches(POSITION)
  from!: string;
  @ApiProperty({
    type: 'array',
    maxItems: RECEIPT_MAX_MARKS,
    items: { type: 'array', items: {}, minItems: 2, maxItems: 2 },
    example: [['1768473000100-0', 1_768_473_000_104]],
    description: 'Positions after `from`, in order, with the time by which everything up to there was in force.',
  })
  @IsArray()
  @ArrayMaxSize(RECEIPT_MAX_MARKS)
  marks!: ReceiptMark[];
  @ApiProperty({ ...A_POSITION, description: 'Everything up to here is in force.' })
  @Matches(POSITION)
  position!: string;
  @ApiProperty({ example: 1_768_473_000_130, description: 'By when it was, in ms since the epoch.' })
  @IsInt()
  @Min(0)
  @Max(MAX_INSTANT)
  atMs!: number;
  @ApiProperty({ example: 0, description: 'Entries it could not enforce.' })
  @IsInt()
  @Min(0)
  @Max(MAX_INSTANT)
  notUnderstood!: number;
  @ApiProperty({ example: false, description: 'Its last word.' }) @IsBoolean() leaving!: boolean;
}

export class ReportTakenDto {
  @ApiProperty({ enum: [true] }) taken!: true;
}

const INSTANCE_ID = { pattern: '^[0-9a-f]{16}$', description: 'Names the validator for as long as it lives.' };

export class ValidatorReceiptDto {
  @ApiProperty(INSTANCE_ID) instance_id!: string;
  @ApiProperty({ type: String, nullable: true, example: 'orders' }) service!: string | null;
  @ApiProperty({ description: 'Whether the revocation is in force there, as far as it has told.' }) applied!: boolean;
  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Since when; `null` when it is not, or when that is too long ago to be remembered.',
  })
  applied_at!: string | null;
  @ApiProperty({ description: 'False when it has been silent for a minute: it is taken to be gone.' })
  expected!: boolean;
}

/** Answer of `GET /api/v1/revocations/:id`. */
export class ReceiptDto {
  @ApiProperty({ format: 'uuid' }) revocation_id!: string;
  @ApiProperty({ enum: REVOCATION_SCOPES }) scope!: RevocationScope;
  @ApiProperty({ enum: REVOCATION_REASONS }) reason!: RevocationReason;
  @ApiProperty({ example: 1, description: 'How many sessions or other things it ended.' }) entries!: number;
  @ApiProperty({
    type: String,
    nullable: true,
    example: '1768473000123-0',
    description: 'Its place in the feed; `null` until all of it is there.',
  })
  sequence!: string | null;
  @ApiProperty({ description: 'Whether every validator that is expected has applied it.' }) complete!: boolean;
  @ApiProperty({ type: [ValidatorReceiptDto] }) validators!: ValidatorReceiptDto[];
}
