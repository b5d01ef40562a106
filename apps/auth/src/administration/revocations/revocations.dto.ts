import {
  REVOCATION_REASONS,
  REVOCATION_SCOPES,
  type RevocationReason,
  type RevocationScope,
} from '@gatehouse/contracts';
import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsISO8601, Matches } from 'class-validator';
import { PageQuery } from '../page-query.dto.js';
import { FitsScope } from './fits-scope.decorator.js';

/** Why somebody may order one; other reasons are told by what happened. */
export const ORDERED_REASONS = ['admin', 'risk', 'idp_logout'] as const;

/** `POST /api/v1/admin/revocations`. */
export class OrderRevocationRequest {
  @ApiProperty({ enum: REVOCATION_SCOPES })
  @IsIn(REVOCATION_SCOPES)
  scope!: RevocationScope;

  @ApiProperty({
    pattern: '^[\\x21-\\x7e]{1,128}$',
    example: '0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef',
    description: 'A session id, user id, token id (`jti`), client, device or key id; `*` for `before`.',
  })
  @Matches(/^[\x21-\x7e]{1,128}$/, { message: 'value is 1 to 128 printable ASCII characters without spaces' })
  @FitsScope()
  value!: string;

  @ApiPropertyOptional({
    format: 'date-time',
    description:
      'For `client`, `device` and `before`: tokens issued up to then; now when absent, and never later than now.',
  })
  @MayBeAbsent()
  @IsISO8601({ strict: true })
  issued_until?: string;

  @ApiPropertyOptional({ enum: ORDERED_REASONS, description: '`admin` when absent.' })
  @MayBeAbsent()
  @IsIn(ORDERED_REASONS)
  reason?: (typeof ORDERED_REASONS)[number];
}

/** Answer of `POST`. */
export class OrderedRevocationDto {
  @ApiProperty({ format: 'uuid', description: 'Its receipt is at `/api/v1/revocations/:id`.' }) revocation_id!: string;
}

/** Query of `GET /api/v1/admin/revocations`. */
export class RevocationListQuery extends PageQuery {
  @ApiPropertyOptional({ enum: REVOCATION_SCOPES })
  @MayBeAbsent()
  @IsIn(REVOCATION_SCOPES)
  scope?: RevocationScope;

  @ApiPropertyOptional({ pattern: '^[\\x21-\\x7e]{1,128}$' })
  @MayBeAbsent()
  @Matches(/^[\x21-\x7e]{1,128}$/)
  value?: string;

  @ApiPropertyOptional({ enum: REVOCATION_REASONS })
  @MayBeAbsent()
  @IsIn(REVOCATION_REASONS)
  reason?: RevocationReason;
}

export class RevocationDto {
  @ApiProperty({ format: 'uuid' }) revocation_id!: string;
  @ApiProperty({ enum: REVOCATION_SCOPES }) scope!: RevocationScope;
  @ApiProperty() value!: string;
  @ApiProperty({ description: 'The lowest generation accepted, or the last `iat` refused; 0 where all ends outright.' })
  cutoff!: number;
  @ApiProperty({ enum: REVOCATION_REASONS }) reason!: RevocationReason;
  @ApiProperty({ type: Number, nullable: true }) user_id!: number | null;
  @ApiProperty({ format: 'date-time', description: 'Until when it can matter to any token.' }) until!: string;
  @ApiProperty({ description: 'False until it is in the feed and enforced.' }) delivered!: boolean;
}

/** Answer of `GET`. */
export class RevocationListDto {
  @ApiProperty({ type: [RevocationDto], description: 'Newest first; kept as long as they can matter.' })
  revocations!: RevocationDto[];
  @ApiProperty({ type: String, nullable: true }) next_cursor!: string | null;
}
