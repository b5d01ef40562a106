import { FEED_MODES, type FeedMode } from '@gatehouse/contracts';
import { ApiProperty } from '@nestjs/swagger';

export class FeedEndDto {
  @ApiProperty({ description: 'Life of the feed.' }) epoch!: string;
  @ApiProperty({ example: '1768473000123-0' }) position!: string;
}

export class ValidatorDto {
  @ApiProperty({ pattern: '^[0-9a-f]{16}$', description: 'As in receipts.' }) instance_id!: string;
  @ApiProperty({ example: 'orders-7d9f-abcde' }) instance_name!: string;
  @ApiProperty({ type: String, nullable: true, example: 'orders' }) service!: string | null;
  @ApiProperty({ example: '0.1.0', description: 'Of session-validator.' }) version!: string;
  @ApiProperty({ enum: FEED_MODES, description: 'How it gets the feed.' }) mode!: FeedMode;
  @ApiProperty({ description: 'Life of the feed it is in.' }) epoch!: string;
  @ApiProperty({ example: '1768473000123-0' }) applied_position!: string;
  @ApiProperty({
    type: Number,
    nullable: true,
    example: 0.8,
    description:
      'How far it is behind the end of the feed, as far as it has told; up to two seconds are usual, since heartbeats and reports ' +
      'come each second. `null` when it is in another life of the feed.',
  })
  lag_seconds!: number | null;
  @ApiProperty({ format: 'date-time' }) last_report_at!: string;
  @ApiProperty({ description: 'False when it has been silent for a minute: it is taken to be gone.' })
  expected!: boolean;
  @ApiProperty({ example: 0, description: 'Entries it could not enforce: it is older than the auth service.' })
  entries_not_understood!: number;
}

/** Answer of `GET /api/v1/admin/validators`. */
export class ValidatorListDto {
  @ApiProperty({
    type: FeedEndDto,
    nullable: true,
    description: 'The end of the feed; `null` before it has been read.',
  })
  feed!: FeedEndDto | null;
  @ApiProperty({ type: [ValidatorDto] }) validators!: ValidatorDto[];
  @ApiProperty({ example: 3, description: 'How many are expected.' }) expected_count!: number;
  @ApiProperty({ description: 'True when there is no room for more: some may be missing.' }) full!: boolean;
}
