import { SESSION_ID_PATTERN } from '@gatehouse/contracts';
import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsString, Matches, MaxLength, MinLength } from 'class-validator';
import { DEVICE_TOKEN_PATTERN } from '../../devices/device-credential.js';
import { IsPrintable } from '../../users/is-printable.decorator.js';

const TOKEN_PLACES = ['body', 'cookie'] as const;
/** RFC 8693 §3. */
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
/** RFC 7636 §4.1. */
const VERIFIER = /^[\w.~-]{43,128}$/;

class NewSessionWishes {
  @ApiPropertyOptional({
    pattern: SESSION_ID_PATTERN.source,
    example: 'f3a1c5'.padEnd(64, '0'),
    description: 'Of the `sessions` that a `SESSION_LIMIT` listed in its `details`: the one to end for the new one.',
  })
  @MayBeAbsent()
  @Matches(SESSION_ID_PATTERN)
  session_choice?: string;

  @ApiPropertyOptional({ pattern: DEVICE_TOKEN_PATTERN.source, example: 'hD2wq0-T5mVQy8bXJ3Lr7kZ_c1NfEoWsGa9PiUtR4xM' })
  @MayBeAbsent()
  @Matches(DEVICE_TOKEN_PATTERN)
  device_token?: string;

  @ApiPropertyOptional({ minLength: 1, maxLength: 100, example: 'Kitchen tablet' })
  @MayBeAbsent()
  @MinLength(1)
  @MaxLength(100)
  @IsPrintable()
  device_name?: string;

  @ApiPropertyOptional({ enum: TOKEN_PLACES, default: 'body', description: 'As at sign-in.' })
  @MayBeAbsent()
  @IsIn(TOKEN_PLACES)
  tokens_in?: (typeof TOKEN_PLACES)[number];
}

/** `POST /api/v1/auth/oauth/:provider/exchange`. */
export class ExchangeRequest extends NewSessionWishes {
  @ApiProperty({ maxLength: 6_000, description: 'What stands behind `#oauth_code=`. Good once, for a minute.' })
  @IsString()
  @MinLength(1)
  @MaxLength(6_000)
  code!: string;

  @ApiProperty({
    pattern: VERIFIER.source,
    example: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
    description: 'The secret whose SHA-256 the sign-in was begun with.',
  })
  @Matches(VERIFIER)
  code_verifier!: string;
}

/** `POST /api/v1/auth/oauth/:provider/bearer`. */
export class BearerRequest extends NewSessionWishes {
  @ApiProperty({ maxLength: 12_000, description: 'An access token that the provider has issued for this service.' })
  @IsString()
  @MinLength(1)
  @MaxLength(12_000)
  subject_token!: string;

  @ApiPropertyOptional({ enum: [ACCESS_TOKEN], description: 'RFC 8693 §3; nothing else is taken.' })
  @MayBeAbsent()
  @IsIn([ACCESS_TOKEN])
  subject_token_type?: string;
}
