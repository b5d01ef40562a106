import { SESSION_ID_PATTERN } from '@gatehouse/contracts';
import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, Matches, MaxLength, MinLength } from 'class-validator';
import { DEVICE_TOKEN_PATTERN } from '../devices/device-credential.js';
import { IsPassword, MAX_PASSWORD_LENGTH } from '../passwords/is-password.decorator.js';
import { MAX_EMAIL_LENGTH } from '../users/email-address.js';
import { IsEmailAddress } from '../users/is-email-address.decorator.js';
import { IsPrintable } from '../users/is-printable.decorator.js';

const TOKEN_PLACES = ['body', 'cookie'] as const;

/** `POST /api/v1/auth/signin`. */
export class SignInRequest {
  /** Any spelling of the address will do: it is compared case folded and in NFKC. */
  @ApiProperty({ format: 'email', maxLength: MAX_EMAIL_LENGTH, example: 'user@example.com' })
  @IsEmailAddress()
  email!: string;

  @ApiProperty({ minLength: 1, maxLength: MAX_PASSWORD_LENGTH, format: 'password' })
  @IsPassword()
  password!: string;

  @ApiPropertyOptional({
    default: false,
    description: 'A session without an idle limit, with an absolute one of its own.',
  })
  @MayBeAbsent()
  @IsBoolean()
  remember_me?: boolean;

  @ApiPropertyOptional({
    pattern: SESSION_ID_PATTERN.source,
    example: 'f3a1c5'.padEnd(64, '0'),
    description: 'Of the `sessions` that a `SESSION_LIMIT` listed in its `details`: the one to end for the new one.',
  })
  @MayBeAbsent()
  @Matches(SESSION_ID_PATTERN)
  session_choice?: string;

  @ApiPropertyOptional({
    pattern: DEVICE_TOKEN_PATTERN.source,
    example: 'hD2wq0-T5mVQy8bXJ3Lr7kZ_c1NfEoWsGa9PiUtR4xM',
    description:
      'As an earlier sign-in of this person on this device handed it out: strangers cannot then slow it down.',
  })
  @MayBeAbsent()
  @Matches(DEVICE_TOKEN_PATTERN)
  device_token?: string;

  @ApiPropertyOptional({
    enum: TOKEN_PLACES,
    default: 'body',
    description:
      'Where the tokens of the new session go. `cookie` is for web pages of this service’s own origins (`COOKIE_MODE=on`): the answer then ' +
      'holds none, and `csrf_token` in their place.',
  })
  @MayBeAbsent()
  @IsIn(TOKEN_PLACES)
  tokens_in?: (typeof TOKEN_PLACES)[number];

  @ApiPropertyOptional({ minLength: 1, maxLength: 100, example: 'Kitchen tablet' })
  @MayBeAbsent()
  @MinLength(1)
  @MaxLength(100)
  @IsPrintable()
  device_name?: string;
}
