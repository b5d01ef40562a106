import { ApiPropertyOptional } from '@nestjs/swagger';
import { MaxLength, MinLength, ValidateIf } from 'class-validator';
import { IsPrintable } from '../../users/is-printable.decorator.js';

/** `PATCH /api/v1/auth/me`. What is absent stays. */
export class ChangeProfileRequest {
  @ApiPropertyOptional({
    type: String,
    nullable: true,
    minLength: 1,
    maxLength: 100,
    example: 'Ada Lovelace',
    description: 'null takes it away.',
  })
  @ValidateIf(({ name }: ChangeProfileRequest) => name !== undefined && name !== null)
  @MinLength(1)
  @MaxLength(100)
  @IsPrintable()
  name?: string | null;
}
