import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { SessionDto } from './session.dto.js';

/** Answer of `GET /api/v1/sessions`. */
export class SessionListDto {
  @ApiProperty({ type: [SessionDto], description: 'Live sessions, newest first.' }) sessions!: SessionDto[];
  @ApiProperty({ example: 1 }) count!: number;
}

/** Answer of `GET /api/v1/sessions/current`. */
export class CurrentSessionDto {
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
