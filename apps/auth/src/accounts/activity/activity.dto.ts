import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Matches, MaxLength } from 'class-validator';
import type { AuditEntry } from '../../audit/audit-trail.port.js';

export const DEFAULT_PAGE = 50;
export const MAX_PAGE = 200;

/** Query of `GET /api/v1/auth/activity`. */
export class ActivityQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_PAGE, default: DEFAULT_PAGE })
  @MayBeAbsent()
  @Matches(/^(?:[1-9]\d?|1\d\d|200)$/, { message: `limit must be a whole number from 1 to ${MAX_PAGE}` })
  limit?: string;

  @ApiPropertyOptional({ description: '`next_cursor` of the page before.', maxLength: 256 })
  @MayBeAbsent()
  @IsString()
  @MaxLength(256)
  cursor?: string;
}

export class ActivityEventDto {
  @ApiProperty({ example: 'signin.succeeded' }) kind!: string;
  @ApiProperty({ format: 'date-time' }) occurred_at!: string;
  @ApiProperty({ enum: ['you', 'administrator', 'client'], description: 'Who did it.' }) by!: string;
  @ApiProperty({ type: String, nullable: true, example: '192.0.2.1' }) ip_address!: string | null;
  @ApiProperty({ type: String, nullable: true }) session_id!: string | null;
  @ApiProperty({ type: Object, description: 'Codes, not prose.', example: { reason: 'wrong_password' } })
  details!: Readonly<Record<string, unknown>>;
}

/** Answer of `GET /api/v1/auth/activity`. */
export class ActivityDto {
  @ApiProperty({ type: [ActivityEventDto], description: 'Newest first.' }) events!: ActivityEventDto[];
  @ApiProperty({ type: String, nullable: true, description: 'null on the last page.' }) next_cursor!: string | null;
}

export function toActivityDto(entry: AuditEntry): ActivityEventDto {
  const isOther = entry.actorId !== null && entry.actorId !== entry.userId;
  return {
    kind: entry.kind,
    occurred_at: new Date(entry.occurredAtMs).toISOString(),
    by: isOther ? 'administrator' : entry.clientId === null ? 'you' : 'client',
    // Where administrators work from is not the person's business.
    ip_address: isOther ? null : entry.ipAddress,
    session_id: isOther ? null : entry.sessionId,
    details: entry.details,
  };
}
