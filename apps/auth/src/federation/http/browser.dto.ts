import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { buildMessage, IsIn, IsInt, IsString, Matches, Max, MaxLength, Min, ValidateBy } from 'class-validator';
import { Type } from 'class-transformer';
import { IsPrintable } from '../../users/is-printable.decorator.js';
import { isReturnTo, MAX_RETURN_TO } from '../browser/return-to.js';

const MAX_AGE = {
  minimum: 0,
  maximum: 86_400,
  description: 'Seconds: whoever proved longer ago who they are does so again.',
};
const CHALLENGE = /^[\w-]{43}$/;
const PROMPTS = ['login', 'select_account', 'consent'] as const;

function IsReturnTo(): PropertyDecorator {
  return ValidateBy({
    name: 'isReturnTo',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && isReturnTo(value),
      defaultMessage: buildMessage((prefix) => `${prefix}$property must be a path of the application`),
    },
  });
}

class HowToAsk {
  @ApiPropertyOptional({ enum: PROMPTS, description: 'What the provider should ask for, whatever it knows.' })
  @MayBeAbsent()
  @IsIn(PROMPTS)
  prompt?: (typeof PROMPTS)[number];

  @ApiPropertyOptional({ maxLength: 254, description: 'Whom the provider may suggest.' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(254)
  @IsPrintable()
  login_hint?: string;

  @ApiPropertyOptional({
    maxLength: MAX_RETURN_TO,
    default: '/',
    example: '/orders?page=2',
    description: 'Path of the application (`APP_URL`) to come back to; nothing else is taken.',
  })
  @MayBeAbsent()
  @IsReturnTo()
  returnTo?: string;
}

/** `GET /api/v1/auth/oauth/:provider/start`. */
export class StartQuery extends HowToAsk {
  @ApiPropertyOptional(MAX_AGE)
  @MayBeAbsent()
  @Type(() => Number)
  @IsInt()
  @Min(0)
  @Max(MAX_AGE.maximum)
  max_age?: number;

  @ApiPropertyOptional({
    pattern: CHALLENGE.source,
    description:
      'SHA-256 of a secret the application keeps, in base64url (as RFC 7636 S256). With it, the application gets a code; without it, ' +
      'the browser gets session cookies (`COOKIE_MODE=on`).',
  })
  @MayBeAbsent()
  @Matches(CHALLENGE)
  code_challenge?: string;

  @ApiPropertyOptional({ enum: ['S256'] })
  @MayBeAbsent()
  @IsIn(['S256'])
  code_challenge_method?: 'S256';
}

/** `POST /api/v1/auth/identities/:provider/start`. */
export class LinkRequest extends HowToAsk {
  @ApiPropertyOptional(MAX_AGE)
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(MAX_AGE.maximum)
  max_age?: number;
}

export class LinkStartedDto {
  @ApiProperty({ description: 'Where this very browser goes next.' }) redirect_to!: string;
}

export class ProviderDto {
  @ApiProperty({ example: 'entra' }) name!: string;
  @ApiProperty({ example: 'Contoso' }) display_name!: string;
  @ApiProperty({ example: '/api/v1/auth/oauth/entra/start' }) start!: string;
}

export class ProviderListDto {
  @ApiProperty({ type: [ProviderDto] }) providers!: ProviderDto[];
}
