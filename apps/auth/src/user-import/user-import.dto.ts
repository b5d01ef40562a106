import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsUUID, Matches } from 'class-validator';
import { LINE_FAILURE_CODES } from './line-failure.js';

/** Query of `POST /api/v1/admin/users/import`. */
export class ImportUsersQuery {
  @ApiPropertyOptional({
    format: 'uuid',
    description: 'Goes on with the import of this id, so that a large file can come in parts. A new one when absent.',
  })
  @MayBeAbsent()
  @IsUUID()
  import_id?: string;

  @ApiPropertyOptional({
    enum: ['skip', 'update'],
    default: 'skip',
    description:
      'What happens to a known address. `update` changes name, verification, and a password that was imported and never used; roles stay.',
  })
  @MayBeAbsent()
  @IsIn(['skip', 'update'])
  on_conflict?: 'skip' | 'update';

  @ApiPropertyOptional({
    enum: ['true', 'false'],
    default: 'false',
    description: 'Says what would happen, and changes nothing.',
  })
  @MayBeAbsent()
  @IsIn(['true', 'false'])
  dry_run?: 'true' | 'false';

  @ApiPropertyOptional({
    type: String,
    pattern: '^[1-9][0-9]{0,9}$',
    default: '1',
    description: 'Number of the first line sent, for the failures.',
  })
  @MayBeAbsent()
  @Matches(/^[1-9]\d{0,9}$/)
  first_line?: string;
}

export class FailedLineDto {
  @ApiProperty({ example: 17 }) line!: number;
  @ApiProperty({ enum: LINE_FAILURE_CODES, example: 'HASH_UNKNOWN' }) code!: string;
  @ApiPropertyOptional({ description: 'The member that is wrong.', example: 'password_hash' }) field?: string;
}

/** What became of the lines of one request. */
export class ImportedDto {
  @ApiProperty({ format: 'uuid' }) import_id!: string;
  @ApiProperty() dry_run!: boolean;
  @ApiProperty({ example: 990 }) created!: number;
  @ApiProperty({ example: 0 }) updated!: number;
  @ApiProperty({ example: 9, description: 'The address was known and nothing was to be changed.' }) skipped!: number;
  @ApiProperty({ example: 1 }) failed!: number;
  @ApiProperty({ type: [FailedLineDto], description: 'In the order of the lines; a thousand at most.' })
  failures!: FailedLineDto[];
}

/** How far an import has come, over all its requests. */
export class ImportProgressDto {
  @ApiProperty({ format: 'uuid' }) import_id!: string;
  @ApiProperty() dry_run!: boolean;
  @ApiProperty({ example: 12 }) started_by!: number;
  @ApiProperty({ format: 'date-time' }) started_at!: string;
  @ApiProperty({ format: 'date-time' }) updated_at!: string;
  @ApiProperty() created!: number;
  @ApiProperty() updated!: number;
  @ApiProperty() skipped!: number;
  @ApiProperty() failed!: number;
}
