import { ApiProperty } from '@nestjs/swagger';
import { ArrayMaxSize, ArrayUnique, IsArray, IsBoolean, IsInt, Length, Max, Min } from 'class-validator';
import { LEAST_PASSWORD_LENGTH, MOST_ASKED_LENGTH } from '../../passwords/password-rules.js';
import { IsPrintable } from '../../users/is-printable.decorator.js';
import { PolicyFactsDto, VersionToReplace } from './policy-facts.dto.js';

const MAX_WORDS = 100;
const MAX_WORD_LENGTH = 64;

export class PasswordPolicyDto {
  @ApiProperty({
    minimum: LEAST_PASSWORD_LENGTH,
    maximum: MOST_ASKED_LENGTH,
    example: 15,
    description: 'Characters a new password must have. 15 is advised where there is no second factor.',
  })
  @IsInt()
  @Min(LEAST_PASSWORD_LENGTH)
  @Max(MOST_ASKED_LENGTH)
  min_length!: number;

  @ApiProperty({ description: 'Refuses new passwords that are known from breaches.' })
  @IsBoolean()
  check_breaches!: boolean;

  @ApiProperty({
    type: [String],
    maxItems: MAX_WORDS,
    example: ['Northwind', 'northwind-traders'],
    description:
      'Words of your house that no password may be, beside the names of this service. Case, separators and a number at the end ' +
      'do not count. 3 to 64 characters each.',
  })
  @IsArray()
  @ArrayMaxSize(MAX_WORDS)
  @ArrayUnique()
  @Length(3, MAX_WORD_LENGTH, { each: true })
  @IsPrintable({ each: true })
  refused_words!: string[];
}

/** `PUT /api/v1/admin/policies/password`. */
export class SetPasswordPolicyRequest extends PasswordPolicyDto {
  @VersionToReplace() version!: number;
}

/** Answer of `GET` and `PUT /api/v1/admin/policies/password`. */
export class PasswordPolicyInForceDto extends PolicyFactsDto {
  @ApiProperty({ type: PasswordPolicyDto }) policy!: PasswordPolicyDto;
}
