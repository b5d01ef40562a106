import { SESSION_ID_PATTERN } from '@gatehouse/contracts';
import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  IsIP,
  IsNotEmptyObject,
  IsObject,
  IsString,
  Matches,
  MaxLength,
  MinLength,
  ValidateNested,
} from 'class-validator';

const PROVIDER_NAME = /^[a-z][a-z0-9-]{0,31}$/;
const MAX_TOKEN = 14_000;

/** The browser, as the service that asks sees it. */
export class BrowserFactsDto {
  @ApiProperty({ example: '192.0.2.1' })
  @IsIP()
  ipAddress!: string;

  @ApiProperty({ maxLength: 2_048, example: 'Mozilla/5.0', description: 'As sent; the empty text when none was.' })
  @IsString()
  @MaxLength(2_048)
  userAgent!: string;
}

/** `POST /api/v1/internal/federated-sign-in`. */
export class FederatedSignInRequest {
  @ApiProperty({ pattern: PROVIDER_NAME.source, example: 'entra', description: 'As this service’s settings call it.' })
  @Matches(PROVIDER_NAME)
  provider!: string;

  @ApiProperty({ maxLength: MAX_TOKEN, description: 'Fresh from the token endpoint; taken once.' })
  @IsString()
  @MinLength(1)
  @MaxLength(MAX_TOKEN)
  idToken!: string;

  @ApiProperty({
    minLength: 16,
    maxLength: 256,
    example: 'n-0S6_WzA2Mj-n-0S6_WzA2Mj',
    description: 'What the sign-in was begun with.',
  })
  @IsString()
  @MinLength(16)
  @MaxLength(256)
  nonce!: string;

  @ApiProperty({ type: BrowserFactsDto })
  @IsObject()
  @IsNotEmptyObject()
  @ValidateNested()
  @Type(() => BrowserFactsDto)
  client!: BrowserFactsDto;

  @ApiPropertyOptional({
    pattern: SESSION_ID_PATTERN.source,
    example: 'f3a1c5'.padEnd(64, '0'),
    description: 'Of the `sessions` that a `SESSION_LIMIT` listed: the one to end for the new one.',
  })
  @MayBeAbsent()
  @Matches(SESSION_ID_PATTERN)
  sessionChoice?: string;
}

/** What the service that asked keeps on behalf of the browser. */
export class FederatedSignedInDto {
  @ApiProperty({ example: 456 }) userId!: number;
  @ApiProperty({ pattern: '^[0-9a-f]{64}$' }) sessionId!: string;
  @ApiProperty({ description: 'JWT (RFC 9068) of the session.' }) accessToken!: string;
  @ApiProperty({ description: 'In ms.' }) accessTokenExpiresAt!: number;
  @ApiProperty({ description: 'For `POST /api/v1/auth/refresh`. Usable once.' }) refreshToken!: string;
  @ApiProperty({ description: 'When the session ends whatever happens, in ms.' }) expiresAt!: number;
}

/** `POST /api/v1/internal/federated-roles`. */
export class FederatedRolesRequest {
  @ApiProperty({ pattern: PROVIDER_NAME.source, example: 'entra' })
  @Matches(PROVIDER_NAME)
  provider!: string;

  @ApiProperty({ maxLength: MAX_TOKEN, description: 'Fresh from a refresh at the token endpoint; taken once.' })
  @IsString()
  @MinLength(1)
  @MaxLength(MAX_TOKEN)
  idToken!: string;
}

export class FederatedRolesDto {
  @ApiProperty({ type: [String], example: ['user'], description: 'What the person now has.' }) roles!: string[];
}

/** `POST /api/v1/internal/federated-sign-out`: a logout token, or what a front-channel logout named. */
export class FederatedSignOutRequest {
  @ApiProperty({ pattern: PROVIDER_NAME.source, example: 'entra' })
  @Matches(PROVIDER_NAME)
  provider!: string;

  @ApiPropertyOptional({ maxLength: MAX_TOKEN, description: 'Of a back-channel logout; taken once.' })
  @MayBeAbsent()
  @IsString()
  @MinLength(1)
  @MaxLength(MAX_TOKEN)
  logoutToken?: string;

  @ApiPropertyOptional({ maxLength: 512, description: '`iss` of a front-channel logout.' })
  @MayBeAbsent()
  @IsString()
  @MinLength(1)
  @MaxLength(512)
  issuer?: string;

  @ApiPropertyOptional({ maxLength: 512, description: '`sid` of a front-channel logout.' })
  @MayBeAbsent()
  @IsString()
  @MinLength(1)
  @MaxLength(512)
  providerSessionId?: string;
}

export class FederatedSignedOutDto {
  @ApiProperty({ description: 'Sessions that have ended.' }) ended!: number;
}
