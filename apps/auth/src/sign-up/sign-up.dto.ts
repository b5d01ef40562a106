import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { MaxLength, MinLength } from 'class-validator';
import { IsPassword, MAX_PASSWORD_LENGTH } from '../passwords/is-password.decorator.js';
import { MAX_EMAIL_LENGTH } from '../users/email-address.js';
import { IsEmailAddress } from '../users/is-email-address.decorator.js';
import { IsPrintable } from '../users/is-printable.decorator.js';

/** `POST /api/v1/auth/signup`. */
export class SignUpRequest {
  @ApiProperty({ format: 'email', maxLength: MAX_EMAIL_LENGTH, example: 'user@example.com' })
  @IsEmailAddress()
  email!: string;

  @ApiProperty({ minLength: 1, maxLength: MAX_PASSWORD_LENGTH, format: 'password' })
  @IsPassword()
  password!: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: 100, example: 'Ada Lovelace' })
  @MayBeAbsent()
  @MinLength(1)
  @MaxLength(100)
  @IsPrintable()
  name?: string;
}

export class NewUserDto {
  @ApiProperty({ example: 456 }) id!: number;
  @ApiProperty({ example: 'user@example.com' }) email!: string;
  @ApiProperty({ type: String, nullable: true, example: 'Ada Lovelace' }) name!: string | null;
  @ApiProperty({ type: [String], example: ['user'] }) roles!: string[];
}

export class SignedUpDto {
  @ApiPropertyOptional({ type: NewUserDto, description: 'Absent where sign-up tells nobody who has an account.' })
  user?: NewUserDto;
  @ApiProperty({ description: 'Whether the link that is mailed must be followed before the first sign-in.' })
  verification_required!: boolean;
}
