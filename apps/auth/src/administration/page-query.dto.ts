import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { Matches } from 'class-validator';

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** Where a page begins and how long it is. */
export class PageQuery {
  @ApiPropertyOptional({ pattern: '^\\d{1,15}$', description: '`next_cursor` of the page before.' })
  @MayBeAbsent()
  @Matches(/^\d{1,15}$/, { message: 'cursor is that of the page before' })
  cursor?: string;

  @ApiPropertyOptional({
    pattern: '^([1-9]\\d?|1\\d\\d|200)$',
    description: `1 to ${MAX_LIMIT}; ${DEFAULT_LIMIT} when absent.`,
  })
  @MayBeAbsent()
  @Matches(/^([1-9]\d?|1\d\d|200)$/, { message: `limit is a number from 1 to ${MAX_LIMIT}` })
  limit?: string;
}

export const limitOf = ({ limit }: PageQuery) => Number(limit ?? DEFAULT_LIMIT);
