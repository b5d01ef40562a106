import { MayBeAbsent } from '@gatehouse/nest-kit';
import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsBoolean,
  IsInt,
  IsObject,
  IsString,
  Length,
  Matches,
  Max,
  MaxLength,
  Min,
  ValidateNested,
} from 'class-validator';
import { IsPrintable } from '../users/is-printable.decorator.js';
import { MAX_KEYS } from './service-account.js';

/** RFC 6749 §3.3; no space, quote or backslash. */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/;
const ROLE = /^[A-Za-z][A-Za-z0-9:._-]{0,63}$/;
const AUDIENCE = /^[\x21-\x7e]{1,200}$/;

export class ClientJwksDto {
  @ApiProperty({
    type: 'array',
    maxItems: MAX_KEYS,
    items: { type: 'object', additionalProperties: true },
    example: [
      {
        kty: 'EC',
        crv: 'P-256',
        kid: '2026-11',
        x: 'LCa8QfqnCpnIqfO5GBriOw4p5dxfjtHMqKfzFFiv7TQ',
        y: 'D6uQ0XjL0nnqFsybdbNH11Mmskg43nIcAxdThCxDm1A',
      },
    ],
    description:
      'Public keys (RFC 7517): P-256, Ed25519, or RSA of 2048 bit and more. Each with a `kid` where there are several.',
  })
  @IsArray()
  @ArrayMaxSize(MAX_KEYS)
  @IsObject({ each: true })
  keys!: Record<string, unknown>[];
}

/** `POST /api/v1/admin/service-accounts`. */
export class NewServiceAccountRequest {
  @ApiProperty({ maxLength: 100, description: 'For people.' })
  @IsString()
  @Length(1, 100)
  @IsPrintable()
  name!: string;

  @ApiPropertyOptional({ type: [String], maxItems: 20, description: '`roles` of its tokens. None unless told.' })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(20)
  @ArrayUnique()
  @Matches(ROLE, { each: true })
  roles?: string[];

  @ApiPropertyOptional({
    type: [String],
    maxItems: 50,
    description:
      'What its tokens may hold. `tokens:introspect`, `tokens:introspect-refresh` and `tokens:revoke` let it ask about and end tokens of others.',
  })
  @MayBeAbsent()
  @IsArray()
  @ArrayMaxSize(50)
  @ArrayUnique()
  @Matches(SCOPE, { each: true })
  scopes?: string[];

  @ApiPropertyOptional({
    type: [String],
    maxItems: 10,
    description:
      '`aud` its tokens may have; the first unless it asks for another. Unless told, that of all tokens here.',
  })
  @MayBeAbsent()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(10)
  @ArrayUnique()
  @Matches(AUDIENCE, { each: true })
  audiences?: string[];

  @ApiPropertyOptional({ type: ClientJwksDto, description: 'Keys for `private_key_jwt`. With any, no secret is made.' })
  @MayBeAbsent()
  @IsObject()
  @ValidateNested()
  @Type(() => ClientJwksDto)
  jwks?: ClientJwksDto;
}

/** `PATCH /api/v1/admin/service-accounts/:clientId`; what is left out stays. */
export class ServiceAccountChangeRequest extends PartialType(NewServiceAccountRequest, { skipNullProperties: false }) {
  @ApiPropertyOptional({ description: '`true` ends its tokens everywhere, and it gets no more.' })
  @MayBeAbsent()
  @IsBoolean()
  disabled?: boolean;

  @ApiPropertyOptional({ description: '`true` ends the tokens it holds. After a secret has leaked.' })
  @MayBeAbsent()
  @IsBoolean()
  end_tokens?: boolean;
}

/** `POST /api/v1/admin/service-accounts/:clientId/secrets`; the body may be left out. */
export class NewClientSecretRequest {
  @ApiPropertyOptional({
    minimum: 0,
    maximum: 2_592_000,
    description: 'When those there are end, in seconds. Unless told, they stay until they are removed.',
  })
  @MayBeAbsent()
  @IsInt()
  @Min(0)
  @Max(2_592_000)
  previous_expires_in?: number;
}

/** Query of `GET /api/v1/admin/service-accounts`. */
export class ServiceAccountQuery {
  @ApiPropertyOptional({ description: '`next_cursor` of the page before.' })
  @MayBeAbsent()
  @IsString()
  @MaxLength(64)
  cursor?: string;

  @ApiPropertyOptional({ minimum: 1, maximum: 100, default: 50 })
  @MayBeAbsent()
  @Type(() => Number)
  @IsInt()
  @Min(1)
  @Max(100)
  limit?: number;
}
