import { MayBeAbsent } from '@gatehouse/nest-kit';
import type { Session } from '@gatehouse/session-store';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { MaxLength, MinLength } from 'class-validator';
import { IsPrintable } from '../users/is-printable.decorator.js';
import { IsInstant } from './is-instant.decorator.js';
import { toSessionDto } from './session.dto.js';

const INSTANT = { format: 'date-time', example: '2026-01-15T10:30:00.000Z' } as const;

/** `PATCH /api/v1/sessions/:sessionId`. What is left out stays. */
export class ChangeSessionRequest {
  @ApiPropertyOptional({ minLength: 1, maxLength: 100, example: 'Kitchen tablet', description: 'Name of its device.' })
  @MayBeAbsent()
  @MinLength(1)
  @MaxLength(100)
  @IsPrintable()
  device_name?: string;

  @ApiPropertyOptional({
    format: 'date-time',
    description:
      'When it ends whatever happens: sooner than now planned, or later up to where one opened at the same time would end.',
  })
  @MayBeAbsent()
  @IsInstant()
  expires_at?: string;
}

/** Answer of `GET /api/v1/sessions/:sessionId/activity`. */
export class SessionActivityDto {
  @ApiProperty({ pattern: '^[0-9a-f]{64}$' }) session_id!: string;
  @ApiProperty({ example: 128, description: 'Requests counted so far; reported in batches.' }) request_count!: number;
  @ApiProperty(INSTANT) created_at!: string;
  @ApiProperty({ ...INSTANT, description: 'Last sign-in, refresh or counted request.' }) last_access!: string;
  @ApiProperty({ ...INSTANT, type: String, nullable: true, description: '`null` until one has been counted.' })
  last_request_at!: string | null;
  @ApiProperty({ example: 4500, description: 'Seconds since it was opened.' }) duration_seconds!: number;
  @ApiProperty({ type: [String], example: ['192.0.2.1'], description: 'First seen first.' }) ip_addresses!: string[];
}

export function toSessionActivityDto(session: Session, nowMs: number): SessionActivityDto {
  const told = toSessionDto(session, undefined, nowMs);
  return {
    session_id: told.id,
    request_count: told.request_count,
    created_at: told.created_at,
    last_access: told.last_access,
    last_request_at: told.last_request_at,
    duration_seconds: told.duration_seconds,
    ip_addresses: told.ip_addresses,
  };
}
