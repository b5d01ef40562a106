import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';

/** What is told of every policy beside what it says. */
export class PolicyFactsDto {
  @ApiProperty({ description: '0 while the configuration holds.' }) version!: number;
  @ApiProperty({ type: String, format: 'date-time', nullable: true }) updated_at!: string | null;
  @ApiProperty({ type: Number, nullable: true, description: 'The administrator who set it.' })
  updated_by!: number | null;
}

/** Of a request: whoever has not read what they replace replaces nothing. */
export const VersionToReplace = () =>
  applyDecorators(
    ApiProperty({ minimum: 0, description: 'The version that was read; 0 for the first.' }),
    IsInt(),
    Min(0),
    Max(Number.MAX_SAFE_INTEGER - 1),
  );
