import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIP, IsISO8601, Matches } from 'class-validator';
import { SessionDto } from '../../sessions/session.dto.js';
import { PageQuery } from '../page-query.dto.js';

const NAME = { pattern: '^[\\x21-\\x7e]{1,128}$' };

/** Query of `GET /api/v1/admin/sessions`. */
export class AllSessionsQuery extends PageQuery {
  @ApiPropertyOptional({ format: 'ip', description: 'An address it was used from.' })
  @MayBeAbsent()
  @IsIP()
  ip_address?: string;

  @ApiPropertyOptional(NAME)
  @MayBeAbsent()
  @Matches(/^[\x21-\x7e]{1,128}$/)
  device_id?: string;

  @ApiPropertyOptional(NAME)
  @MayBeAbsent()
  @Matches(/^[\x21-\x7e]{1,128}$/)
  client_id?: string;

  @ApiPropertyOptional({ format: 'date-time', description: 'Opened before.' })
  @MayBeAbsent()
  @IsISO8601({ strict: true })
  opened_before?: string;
}

/** Answer of `GET /api/v1/admin/sessions`. */
export class AllSessionsDto {
  @ApiProperty({ type: [SessionDto] }) sessions!: SessionDto[];
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Send it as `cursor` for more, also when this page is empty; `null` at the end.',
  })
  next_cursor!: string | null;
}

/** Answer of `GET /api/v1/admin/users/:id/sessions`. */
export class UserSessionsDto {
  @ApiProperty({ type: [SessionDto], description: 'Newest first.' }) sessions!: SessionDto[];
  @ApiProperty({ example: 1 }) count!: number;
}

/** Answer of `DELETE /api/v1/admin/users/:id/sessions`. */
export class EndedSessionsDto {
  @ApiProperty({ example: 3, description: '0 while the session store is away: they end all the same.' })
  terminated_count!: number;
  @ApiProperty({ format: 'uuid' }) revocation_id!: string;
}
