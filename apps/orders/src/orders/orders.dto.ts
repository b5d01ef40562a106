import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Length, Matches, Max, Min } from 'class-validator';
import { Transform } from 'class-transformer';
import type { Order } from './order.js';

/** `POST /api/orders`. */
export class PlaceOrderRequest {
  @ApiProperty({ minLength: 1, maxLength: 200, example: 'A blue umbrella' })
  @IsString()
  @Length(1, 200)
  item!: string;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: 1_000, example: 2 })
  @IsInt()
  @Min(1)
  @Max(1_000)
  quantity!: number;

  @ApiPropertyOptional({ minLength: 1, maxLength: 1_000 })
  @MayBeAbsent()
  @IsString()
  @Length(1, 1_000)
  note?: string;
}

/** `GET /api/orders`. */
export class ListOrdersQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 20 })
  @IsOptional()
  // A query is text; anything but digits stays text and is refused.
  @Transform(({ value }: { value: unknown }) =>
    typeof value === 'string' && /^\d{1,3}$/.test(value) ? Number(value) : value,
  )
  @IsInt()
  @Min(1)
  @Max(100)
  limit = 20;

  @ApiPropertyOptional({ description: '`next_cursor` of the page before' })
  @IsOptional()
  @Matches(/^[0-9a-z]{1,10}$/)
  cursor?: string;
}

export class OrderDto {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  item!: string;

  @ApiProperty({ type: 'integer' })
  quantity!: number;

  @ApiProperty({ type: 'string', nullable: true })
  note!: string | null;

  @ApiProperty({ enum: ['placed', 'cancelled'] })
  status!: 'placed' | 'cancelled';

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class OrderListDto {
  @ApiProperty({ type: [OrderDto] })
  orders!: OrderDto[];

  @ApiProperty({ type: 'string', nullable: true, description: 'Pass as `cursor` for the next page; null on the last' })
  next_cursor!: string | null;
}

export function toOrderDto({ id, item, quantity, note, status, createdAtMs }: Order): OrderDto {
  return { id, item, quantity, note, status, created_at: new Date(createdAtMs).toISOString() };
}
