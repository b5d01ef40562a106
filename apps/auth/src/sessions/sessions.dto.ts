import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import { SessionDto } from './session.dto.js';

const DEFAULT_PAGE = 50;
const MAX_PAGE = 200;

/** Query of `GET /api/v1/sessions`. */
export class SessionListQuery {
  @ApiPropertyOptional({
    enum: ['true', 'false'],
    default: 'true',
    description: '`false` lists those that are over, page by page, for as long as they are kept.',
  })
  @MayBeAbsent()
  @IsIn(['true', 'false'])
  active?: 'true' | 'false';

  @ApiPropertyOptional({
    pattern: '^[A-Za-z0-9_-]{1,128}$',
    description: '`next_cursor` of the page before; of sessions that are over.',
  })
  @MayBeAbsent()
  @Matches(/^[A-Za-z0-9_-]{1,128}$/, { message: 'cursor is that of the page before' })
  cursor?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MAX_PAGE,
    default: DEFAULT_PAGE,
    description: 'Of sessions that are over; those that live come all at once.',
  })
  @MayBeAbsent()
  @Matches(/^([1-9]\d?|1\d\d|200)$/, { message: `limit must be a whole number from 1 to ${MAX_PAGE}` })
  limit?: string;
}

export const limitOf = ({ limit }: SessionListQuery) => Number(limit ?? DEFAULT_PAGE);

/** Answer of `GET /api/v1/sessions`. */
export class SessionListDto {
  @ApiProperty({
    type: [SessionDto],
    description: 'Live sessions, newest first; or those that are over, the last to end first.',
  })
  sessions!: SessionDto[];
  @ApiProperty({ example: 1, description: 'How many there are in this answer.' }) count!: number;
  @ApiProperty({ type: String, nullable: true, description: '`null` on the last page, and for live sessions.' })
  next_cursor!: string | null;
}

/** Answer of `GET /api/v1/sessions/current`, and of `GET` and `PATCH /api/v1/sessions/:sessionId`. */
export class OneSessionDto {
  @ApiProperty({ type: SessionDto }) session!: SessionDto;
}

/** Answer of `DELETE /api/v1/sessions/:sessionId`. */
export class TerminatedDto {
  @ApiProperty({ enum: [true] }) terminated!: true;
  @ApiProperty({ pattern: '^[0-9a-f]{64}$' }) session_id!: string;
  @ApiProperty({ format: 'uuid', description: 'Names the revocation: its receipt is at `/api/v1/revocations/:id`.' })
  revocation_id!: string;
}

/** Query of `DELETE /api/v1/sessions`. */
export class TerminateOthersQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], description: '`true` ends the current session as well.' })
  @IsOptional()
  @IsIn(['true', 'false'])
  include_current?: 'true' | 'false';
}

/** Answer of `DELETE /api/v1/sessions`. */
export class TerminatedOthersDto {
  @ApiProperty({ example: 3 }) terminated_count!: number;
  @ApiProperty({ type: String, nullable: true, description: '`null` when all were ended.' })
  kept_session_id!: string | null;
  @ApiProperty({ type: String, format: 'uuid', nullable: true, description: '`null` when there was none to end.' })
  revocation_id!: string | null;
}
